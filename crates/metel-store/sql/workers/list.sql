SELECT id, name, started, alive_until, fenced FROM workers ORDER BY started DESC, id LIMIT $1

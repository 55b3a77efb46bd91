SELECT run, body FROM client_keys WHERE workspace = $1 AND key = $2 AND expires > $3

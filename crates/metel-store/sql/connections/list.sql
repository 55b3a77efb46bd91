SELECT workspace, id, service, name, state, body, secret, created_at, updated_at FROM connections WHERE workspace = $1 ORDER BY service, name

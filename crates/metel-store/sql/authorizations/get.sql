SELECT workspace, id, state, service, made_by, key_id, sealed, status, outcome, created_at, expires_at FROM authorizations WHERE workspace = $1 AND id = $2

SELECT workspace, id, name, key_id, sealed, created_at, updated_at FROM secrets WHERE workspace = $1 AND id = $2

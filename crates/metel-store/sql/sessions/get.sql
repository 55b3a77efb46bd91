SELECT workspace, id, person, body, created_at, updated_at FROM sessions WHERE workspace = $1 AND id = $2

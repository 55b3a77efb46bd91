SELECT workspace, id, made_by, body, created_at, expires_at FROM plans WHERE workspace = $1 AND id = $2

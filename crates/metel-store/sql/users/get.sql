SELECT workspace, id, name, email, role, password, active, created_at FROM users WHERE workspace = $1 AND id = $2

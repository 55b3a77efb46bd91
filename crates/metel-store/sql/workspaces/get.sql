SELECT id, name, title, created_at FROM workspaces WHERE id = $1

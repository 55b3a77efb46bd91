SELECT id, name, title, created_at FROM workspaces ORDER BY id

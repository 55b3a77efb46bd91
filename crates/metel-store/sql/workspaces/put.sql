INSERT INTO workspaces (id, name, title, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title

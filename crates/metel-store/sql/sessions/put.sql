INSERT INTO sessions (workspace, id, person, body, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at

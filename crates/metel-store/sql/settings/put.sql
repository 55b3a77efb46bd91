INSERT INTO settings (workspace, key, body, updated_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, key) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at

INSERT INTO plans (workspace, id, made_by, body, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, id) DO UPDATE SET body = excluded.body, expires_at = excluded.expires_at

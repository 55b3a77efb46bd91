INSERT INTO webhooks (workspace, id, url, kinds, secret, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace, id) DO UPDATE
   SET url = excluded.url, kinds = excluded.kinds, secret = excluded.secret, active = excluded.active

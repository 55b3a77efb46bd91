-- Newest first.
SELECT workspace, id, body, approval, made_by, until, uses, used, created_at, revoked_at FROM standing WHERE workspace = $1 ORDER BY id DESC LIMIT 1000

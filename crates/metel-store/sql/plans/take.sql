-- A plan is used once: two callers cannot both take it.
DELETE FROM plans WHERE workspace = $1 AND id = $2
RETURNING workspace, id, made_by, body, created_at, expires_at

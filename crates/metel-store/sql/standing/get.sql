SELECT workspace, id, body, approval, made_by, until, uses, used, created_at, revoked_at FROM standing WHERE workspace = $1 AND id = $2

UPDATE standing SET revoked_at = $3 WHERE workspace = $1 AND id = $2 AND revoked_at IS NULL

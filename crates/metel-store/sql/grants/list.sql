SELECT workspace, connection, body, key_id, sealed, expires_at, version, holder, held_until, trouble, updated_at FROM grants WHERE workspace = $1 ORDER BY connection

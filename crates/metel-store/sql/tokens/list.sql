SELECT workspace, id, hash, owner, name, role, created_at, expires_at, used_at, revoked_at FROM tokens WHERE workspace = $1 ORDER BY id DESC

INSERT INTO tokens (workspace, id, hash, owner, name, role, created_at, expires_at, used_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

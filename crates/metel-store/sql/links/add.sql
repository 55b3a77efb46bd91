INSERT INTO links (hash, workspace, approval, digest, person, made_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

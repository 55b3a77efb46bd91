-- The next version of this name.
INSERT INTO workflows (workspace, name, version, digest, front, title, body, created_at)
VALUES ($1, $2, (SELECT coalesce(max(version), 0) + 1 FROM workflows WHERE workspace = $1 AND name = $2), $3, $4, $5, $6, $7)
RETURNING version

INSERT INTO policies (workspace, version, digest, body, changed_by, created_at)
VALUES ($1, (SELECT coalesce(max(version), 0) + 1 FROM policies WHERE workspace = $1), $2, $3, $4, $5)
RETURNING version

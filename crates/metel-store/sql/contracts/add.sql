-- A version that is there stays as it is.
INSERT INTO contracts (workspace, id, version, digest, body, state, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace, id, version) DO NOTHING

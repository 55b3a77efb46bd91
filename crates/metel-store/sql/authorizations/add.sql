INSERT INTO authorizations (workspace, id, state, service, made_by, key_id, sealed, status, outcome, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', NULL, $8, $9)

-- An answer is taken once. The state itself names its workspace.
UPDATE authorizations SET status = 'taken' WHERE state = $1 AND status = 'waiting' AND expires_at > $2
RETURNING workspace, id, state, service, made_by, key_id, sealed, status, outcome, created_at, expires_at

INSERT INTO subject_keys (workspace, key_id, subject, sealed, created_at) VALUES ($1, $2, $3, $4, $5)

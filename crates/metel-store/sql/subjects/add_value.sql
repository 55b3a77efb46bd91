INSERT INTO sealed_values (workspace, name, key_id, digest) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, name, key_id) DO NOTHING

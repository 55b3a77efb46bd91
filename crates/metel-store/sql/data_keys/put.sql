INSERT INTO data_keys (workspace, key_id, sealed, created_at, retired_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, key_id) DO UPDATE SET sealed = excluded.sealed, retired_at = excluded.retired_at

SELECT workspace, key_id, sealed, created_at, retired_at FROM data_keys WHERE workspace = $1 ORDER BY created_at, key_id

SELECT key_id, digest FROM sealed_values WHERE workspace = $1 AND name = $2

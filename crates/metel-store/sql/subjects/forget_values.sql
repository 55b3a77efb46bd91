DELETE FROM sealed_values WHERE workspace = $1 AND key_id = $2

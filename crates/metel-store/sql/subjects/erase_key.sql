UPDATE subject_keys SET erased_at = $3, erased_by = $4
 WHERE workspace = $1 AND key_id = $2 AND erased_at IS NULL

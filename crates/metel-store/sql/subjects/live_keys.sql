SELECT workspace, key_id, subject, sealed, created_at, erased_at, erased_by FROM subject_keys WHERE workspace = $1 AND erased_at IS NULL ORDER BY key_id

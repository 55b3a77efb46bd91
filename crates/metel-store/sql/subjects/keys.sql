SELECT workspace, key_id, subject, sealed, created_at, erased_at, erased_by
  FROM subject_keys
 WHERE workspace = $1 AND subject = $2
 ORDER BY created_at, key_id

-- The same key under another master key; never one that was destroyed meanwhile.
UPDATE subject_keys SET sealed = $3 WHERE workspace = $1 AND key_id = $2 AND sealed = $4 AND erased_at IS NULL

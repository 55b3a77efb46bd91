-- The same key under another master key; only where nobody was faster.
UPDATE data_keys SET sealed = $3 WHERE workspace = $1 AND key_id = $2 AND sealed = $4

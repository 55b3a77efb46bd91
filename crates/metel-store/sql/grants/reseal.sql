-- The same tokens under another key.
UPDATE grants SET key_id = $4, sealed = $5 WHERE workspace = $1 AND connection = $2 AND version = $3

-- The same secret under another data key; only where nobody has set it anew.
UPDATE secrets SET key_id = $3, sealed = $4 WHERE workspace = $1 AND id = $2 AND sealed = $5

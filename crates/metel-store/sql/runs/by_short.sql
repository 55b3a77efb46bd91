-- Ids that end with these three bytes; the caller compares the remaining bits.
SELECT id FROM runs WHERE workspace = $1 AND substr(id, 14) = $2 AND created_at >= 0 ORDER BY id DESC LIMIT 32

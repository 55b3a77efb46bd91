SELECT id, version, seq, head, updated_at
  FROM runs
 WHERE workspace = $1 AND (CAST($2 AS BYTEA) IS NULL OR id > $2)
 ORDER BY id
 LIMIT $3

SELECT run, step, code, at, attempts
  FROM dead
 WHERE workspace = $1
   AND (CAST($2 AS TEXT) IS NULL OR code = $2)
   AND (CAST($3 AS BYTEA) IS NULL OR (run, step) > ($3, $4))
 ORDER BY run, step
 LIMIT $5

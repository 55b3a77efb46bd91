SELECT run, step, name, correlation, until
  FROM subscriptions
 WHERE workspace = $1
   AND (CAST($2 AS TEXT) IS NULL OR name = $2)
   AND (CAST($3 AS BYTEA) IS NULL OR run = $3)
 ORDER BY number
 LIMIT $4

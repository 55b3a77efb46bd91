SELECT scope, cap, held, spent
  FROM budgets
 WHERE workspace = $1 AND scope >= $2 AND (cap IS NOT NULL OR CAST($3 AS BIGINT) = 1)
 ORDER BY scope
 LIMIT $4

-- Costs that are not known are counted beside the sum, not as nothing.
SELECT model, purpose, CAST(SUM(calls) AS BIGINT), CAST(SUM(input) AS BIGINT), CAST(SUM(output) AS BIGINT),
       CAST(SUM(cached) AS BIGINT), CAST(SUM(reasoning) AS BIGINT), CAST(COALESCE(SUM(cost), 0) AS BIGINT),
       CAST(SUM(CASE WHEN cost IS NULL THEN calls ELSE 0 END) AS BIGINT)
  FROM model_usage
 WHERE workspace = $1 AND at >= $2
 GROUP BY model, purpose
 ORDER BY model, purpose
 LIMIT 1000

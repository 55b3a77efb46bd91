-- Runs that have not ended.
SELECT workspace, id
  FROM runs
 WHERE status IN ('queued', 'running', 'waiting')
   AND created_at >= 0
   AND (CAST($1 AS BYTEA) IS NULL OR (workspace, id) > ($1, $2))
 ORDER BY workspace, id
 LIMIT $3

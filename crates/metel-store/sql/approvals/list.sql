-- Newest first. A condition whose parameter is null always holds.
SELECT workspace, id, run, status, ask, decided, created_at
  FROM approvals
 WHERE workspace = $1
   AND (CAST($2 AS TEXT) IS NULL OR status = $2)
   AND (CAST($3 AS BYTEA) IS NULL OR run = $3)
   AND (CAST($4 AS BYTEA) IS NULL OR id < $4)              -- the last id of the page before
 ORDER BY id DESC
 LIMIT $5

-- Newest first. A condition whose parameter is null always holds.
SELECT workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
       started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at
  FROM runs
 WHERE workspace = $1
   AND (CAST($2 AS TEXT) IS NULL OR status = $2)
   AND (CAST($3 AS TEXT) IS NULL OR waiting = $3)
   AND (CAST($4 AS TEXT) IS NULL OR started_by = $4)
   AND (CAST($5 AS BYTEA) IS NULL OR session = $5)
   AND (CAST($6 AS BYTEA) IS NULL OR parent_run = $6)
   AND ($7 = 0 OR parent_run IS NULL)                       -- 1: only runs that no run started
   AND (CAST($8 AS TEXT) IS NULL                            -- text to be found anywhere in these
        OR lower(title) LIKE $8 ESCAPE '!'
        OR lower(name) LIKE $8 ESCAPE '!'
        OR lower(coalesce(request, '')) LIKE $8 ESCAPE '!')
   AND (CAST($9 AS BYTEA) IS NULL OR id < $9)              -- the last id of the page before
 ORDER BY id DESC
 LIMIT $10

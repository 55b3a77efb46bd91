-- SQLite copies one by one, PostgreSQL many in one statement.
INSERT INTO runs (workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
       started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at)
SELECT workspace, $3, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
       started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at
  FROM runs
 WHERE workspace = $1 AND id = $2

-- PostgreSQL copies many in one statement, SQLite one by one.
INSERT INTO runs (workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
       started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at)
SELECT workspace, new.id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
       started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at
  FROM runs
 CROSS JOIN unnest($3::bytea[]) AS new (id)
 WHERE workspace = $1 AND runs.id = $2

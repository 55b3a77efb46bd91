-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- A new run. An id that is taken writes nothing (then the commit is stale).
INSERT INTO runs (workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
                  started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
ON CONFLICT (workspace, id) DO NOTHING

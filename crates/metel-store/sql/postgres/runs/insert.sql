-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- New runs. An id that is taken comes back as no place (then that commit is stale).
INSERT INTO runs (workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
                  started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at)
SELECT workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
       started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at
  FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
              $9::bytea[], $10::bytea[], $11::bytea[], $12::text[], $13::text[], $14::bytea[], $15::text[],
              $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::text[], $21::bigint[], $22::bigint[],
              $23::bytea[])
       AS new (workspace, id, name, title, status, waiting, version, seq, head, workflow, parent_run, parent_step,
               started_by, session, request, steps_done, steps_total, cost, tokens, error, created_at, updated_at,
               worker)
 WHERE NOT EXISTS (SELECT 1 FROM workers WHERE workers.id = new.worker AND workers.fenced = 1)   -- or no worker
ON CONFLICT (workspace, id) DO NOTHING
RETURNING workspace, id

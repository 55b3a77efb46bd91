-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- The next version of each run; those that have moved on come back as no row.
UPDATE runs
   SET name = new.name, title = new.title, status = new.status, waiting = new.waiting, version = new.version,
       seq = new.seq, head = new.head, workflow = new.workflow, steps_done = new.steps_done,
       steps_total = new.steps_total, cost = new.cost, tokens = new.tokens, error = new.error,
       updated_at = new.updated_at
  FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::bigint[], $10::bigint[], $11::bytea[], $12::bytea[], $13::bigint[], $14::bigint[], $15::bigint[],
              $16::bigint[], $17::text[], $18::bigint[], $19::bytea[])
       AS new (workspace, id, expected, entry_seq, name, title, status, waiting, version, seq, head, workflow,
               steps_done, steps_total, cost, tokens, error, updated_at, worker)
 WHERE runs.workspace = new.workspace
   AND runs.id = new.id
   AND runs.version = new.expected    -- nobody else moved it since the decision
   AND runs.seq = new.entry_seq       -- the entry continues the log without a gap
   AND NOT EXISTS (SELECT 1 FROM workers WHERE workers.id = new.worker AND workers.fenced = 1)   -- or no worker
RETURNING runs.workspace, runs.id

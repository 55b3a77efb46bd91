-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- The next version of a run whose status stays: the usual case, and it touches no index.
UPDATE runs
   SET name = $6, title = $7, waiting = $8, version = $9, seq = $10, head = $11, workflow = $12,
       steps_done = $13, steps_total = $14, cost = $15, tokens = $16, error = $17, updated_at = $18
 WHERE workspace = $1
   AND id = $2
   AND version = $3   -- nobody else moved it since the decision
   AND seq = $4       -- the entry continues the log without a gap
   AND status = $5    -- the status stays; otherwise runs/turn

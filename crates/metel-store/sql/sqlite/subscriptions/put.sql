-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- The row of each step, whatever stood there.
INSERT INTO subscriptions (workspace, run, step, name, correlation, until, state)
VALUES ($1, $2, $3, $4, $5, $6, 'new')
ON CONFLICT (workspace, run, step) DO UPDATE
   SET name = excluded.name, correlation = excluded.correlation, until = excluded.until, state = 'new',
       message = NULL, due = 0, attempts = 0

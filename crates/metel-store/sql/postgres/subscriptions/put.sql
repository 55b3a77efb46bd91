-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- The row of each step, whatever stood there.
INSERT INTO subscriptions (workspace, run, step, name, correlation, until, state)
SELECT new.*, 'new'
  FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[]) AS new
ON CONFLICT (workspace, run, step) DO UPDATE
   SET name = excluded.name, correlation = excluded.correlation, until = excluded.until, state = 'new',
       message = NULL, due = 0, attempts = 0

-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
DELETE FROM dead
 USING unnest($1::bytea[], $2::bytea[], $3::text[]) AS gone (workspace, run, step)
 WHERE dead.workspace = gone.workspace AND dead.run = gone.run AND dead.step = gone.step

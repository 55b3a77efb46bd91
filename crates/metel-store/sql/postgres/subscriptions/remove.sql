-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
DELETE FROM subscriptions
 USING unnest($1::bytea[], $2::bytea[], $3::text[]) AS gone (workspace, run, step)
 WHERE subscriptions.workspace = gone.workspace AND subscriptions.run = gone.run AND subscriptions.step = gone.step

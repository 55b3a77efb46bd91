-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
DELETE FROM tasks
 USING unnest($1::bytea[], $2::bytea[], $3::bigint[]) AS gone (workspace, run, slot)
 WHERE tasks.workspace = gone.workspace AND tasks.run = gone.run AND tasks.slot = gone.slot

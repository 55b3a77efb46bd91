-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
UPDATE tasks
   SET due = woken.at
  FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::bigint[]) AS woken (workspace, run, step, at)
 WHERE tasks.workspace = woken.workspace
   AND tasks.run = woken.run
   AND tasks.step = woken.step
   AND tasks.due > woken.at           -- never later than it was

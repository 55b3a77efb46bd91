-- SQLite writes a commit row by row, PostgreSQL as arrays.
UPDATE tasks
   SET due = $4
 WHERE workspace = $1
   AND run = $2
   AND step = $3
   AND due > $4       -- never later than it was

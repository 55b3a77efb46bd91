-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- The row of a slot that stays where it stands in the queue: the usual case, and it touches no index.
UPDATE tasks
   SET step = $4, intent = $5
 WHERE workspace = $1
   AND run = $2
   AND slot = $3
   AND due = $6
   AND rank = $7
   AND owner = $8     -- held, and by the same worker; otherwise tasks/put
   AND needs = $9

-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- The row of a slot whose owner stays: the usual case, and it touches no index of owners.
UPDATE tasks
   SET step = $4, intent = $5, due = $6, priority = $7
 WHERE workspace = $1
   AND run = $2
   AND slot = $3
   AND owner = $8     -- held, and by the same worker; otherwise tasks/put

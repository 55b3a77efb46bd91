UPDATE tasks
   SET owner = NULL
 WHERE workspace = $1
   AND run = $2
   AND slot = $3
   AND owner = $4     -- only who holds it gives it back

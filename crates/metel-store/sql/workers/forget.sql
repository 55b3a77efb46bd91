-- Old fenced workers that hold nothing any more.
DELETE FROM workers
 WHERE fenced = 1
   AND alive_until < $1
   AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.owner = workers.id)

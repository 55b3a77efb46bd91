-- PostgreSQL skips rows that another worker is taking at the moment; SQLite has one writer.
WITH picked AS MATERIALIZED (
    SELECT workspace, run, slot
      FROM tasks
     WHERE owner IS NOT NULL
       AND owner <> $1
       AND owner NOT IN (SELECT id FROM workers WHERE fenced = 0)   -- fenced, or never known
     LIMIT $2
       FOR UPDATE SKIP LOCKED)
UPDATE tasks
   SET owner = $1
  FROM picked
 WHERE tasks.workspace = picked.workspace AND tasks.run = picked.run AND tasks.slot = picked.slot
RETURNING tasks.workspace, tasks.run, tasks.slot, tasks.step, tasks.intent, tasks.due, tasks.owner, -tasks.rank, tasks.needs

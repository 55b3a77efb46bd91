-- PostgreSQL skips rows that another worker is taking at the moment; SQLite has one writer.
UPDATE tasks
   SET owner = $1
 WHERE (workspace, run, slot) IN (
           SELECT workspace, run, slot
             FROM tasks
            WHERE owner IS NOT NULL
              AND owner <> $1
              AND owner NOT IN (SELECT id FROM workers WHERE fenced = 0)   -- fenced, or never known
            LIMIT $2)
RETURNING workspace, run, slot, step, intent, due, owner, -rank, needs

-- SQLite walks the groups one by one; PostgreSQL does it in one statement.
-- Takes the earliest due tasks of one workspace and priority.
UPDATE tasks
   SET owner = $4
 WHERE (workspace, run, slot) IN (
           SELECT workspace, run, slot
             FROM tasks
            WHERE owner IS NULL AND due < 9223372036854775807   -- free, and not parked
              AND workspace = $1
              AND priority = $2
              AND due <= $3
            ORDER BY due
            LIMIT $5)
RETURNING workspace, run, slot, step, intent, due, owner, priority

-- SQLite walks the groups one by one; PostgreSQL does it in one statement.
-- Takes the earliest due tasks of one workspace, priority and list of needs.
UPDATE tasks
   SET owner = $5
 WHERE (workspace, run, slot) IN (
           SELECT workspace, run, slot
             FROM tasks
            WHERE owner IS NULL AND due < 9223372036854775807   -- free, and not parked
              AND workspace = $1
              AND rank = $2
              AND needs = $3
              AND due <= $4
            ORDER BY due
            LIMIT $6)
RETURNING workspace, run, slot, step, intent, due, owner, -rank, needs

-- SQLite walks the groups one by one; PostgreSQL does it in one statement.
-- The earliest free task of the next (workspace, priority) after the one given.
SELECT workspace, priority, due
  FROM tasks
 WHERE owner IS NULL AND due < 9223372036854775807   -- free, and not parked
   AND (workspace, priority) > ($1, $2)
 ORDER BY workspace, priority, due
 LIMIT 1

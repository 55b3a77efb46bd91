-- SQLite walks the groups one by one; PostgreSQL does it in one statement.
-- The earliest free task of the next (workspace, rank, needs) after the one given.
SELECT workspace, rank, needs, due
  FROM tasks
 WHERE owner IS NULL AND due < 9223372036854775807   -- free, and not parked
   AND (workspace, rank, needs) > ($1, $2, $3)
 ORDER BY workspace, rank, needs, due
 LIMIT 1

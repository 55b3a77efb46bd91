-- SQLite has one writer: what is compared here cannot change before it is written. PostgreSQL locks first.
-- All scopes or none.
UPDATE budgets
   SET held = held + $3
 WHERE workspace = $1
   AND scope IN (SELECT value FROM json_each($2))
   AND NOT EXISTS (SELECT 1
                     FROM budgets AS other
                    WHERE other.workspace = $1
                      AND other.scope IN (SELECT value FROM json_each($2))
                      AND other.cap IS NOT NULL
                      AND other.held + other.spent + $3 > other.cap)

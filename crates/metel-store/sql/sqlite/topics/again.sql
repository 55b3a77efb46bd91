-- SQLite leases in two statements, PostgreSQL in one.
-- The stretch that has been due for longest.
UPDATE topic_leases
   SET due = $4, attempts = attempts + 1
 WHERE workspace = $1
   AND subscription = $2
   AND first = (SELECT first
                  FROM topic_leases
                 WHERE workspace = $1 AND subscription = $2 AND due <= $3
                 ORDER BY due
                 LIMIT 1)
RETURNING first, last, attempts

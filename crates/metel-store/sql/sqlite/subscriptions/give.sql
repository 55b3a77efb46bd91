-- SQLite matches row by row; PostgreSQL a group in one statement.
UPDATE subscriptions
   SET state = CASE WHEN $2 IS NULL THEN 'waiting' ELSE 'given' END, message = $2, due = $3
 WHERE number = $1

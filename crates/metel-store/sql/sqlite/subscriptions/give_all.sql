-- SQLite matches row by row; PostgreSQL a group in one statement.
-- Everybody who waits for it gets it.
UPDATE subscriptions
   SET state = 'given', message = $4, due = $5
 WHERE state = 'waiting' AND workspace = $1 AND name = $2 AND correlation = $3 AND until > $5

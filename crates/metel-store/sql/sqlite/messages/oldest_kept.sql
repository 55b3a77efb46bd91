-- SQLite matches row by row; PostgreSQL a group in one statement.
SELECT number, id
  FROM messages
 WHERE state = 'kept' AND workspace = $1 AND name = $2 AND correlation = $3 AND expires > $4
 ORDER BY number
 LIMIT 1

-- SQLite matches row by row; PostgreSQL a group in one statement.
UPDATE messages SET state = $2 WHERE number = $1

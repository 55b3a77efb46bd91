-- SQLite matches row by row; PostgreSQL a group in one statement.
SELECT number, workspace, id, name, correlation FROM messages WHERE state = 'new' ORDER BY number LIMIT $1

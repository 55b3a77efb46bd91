-- SQLite matches row by row; PostgreSQL a group in one statement.
SELECT number, workspace, name, correlation FROM subscriptions WHERE state = 'new' ORDER BY number LIMIT $1

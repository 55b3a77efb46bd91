-- SQLite writes a commit row by row, PostgreSQL as arrays.
DELETE FROM tasks WHERE workspace = $1 AND run = $2 AND slot = $3

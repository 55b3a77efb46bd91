-- SQLite writes a commit row by row, PostgreSQL as arrays.
DELETE FROM dead WHERE workspace = $1 AND run = $2 AND step = $3

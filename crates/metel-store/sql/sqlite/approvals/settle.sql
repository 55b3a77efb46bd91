-- SQLite writes a commit row by row, PostgreSQL as arrays.
UPDATE approvals SET status = $4, decided = $5 WHERE workspace = $1 AND id = $2 AND run = $3

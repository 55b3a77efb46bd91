-- SQLite writes a commit row by row, PostgreSQL as arrays.
INSERT INTO events (workspace, run, seq, count, at, actor, command, body, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

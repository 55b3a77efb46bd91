-- SQLite writes a commit row by row, PostgreSQL as arrays.
INSERT INTO snapshots (workspace, run, seq, body)
VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, run) DO UPDATE SET seq = excluded.seq, body = excluded.body

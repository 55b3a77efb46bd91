-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO snapshots (workspace, run, seq, body)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::text[])
ON CONFLICT (workspace, run) DO UPDATE SET seq = excluded.seq, body = excluded.body

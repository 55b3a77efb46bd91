-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO blobs (workspace, digest, size, bytes)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[])
ON CONFLICT (workspace, digest) DO NOTHING

-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO outbox (workspace, id, kind, body, due)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bigint[])

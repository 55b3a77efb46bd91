-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO dead (workspace, run, step, code, at, attempts)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
ON CONFLICT (workspace, run, step) DO UPDATE
   SET code = excluded.code, at = excluded.at, attempts = excluded.attempts

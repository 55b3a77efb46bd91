-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO approvals (workspace, id, run, status, ask, decided, expires_at, created_at)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                     $8::bigint[])

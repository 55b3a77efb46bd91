-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO events (workspace, run, seq, count, at, actor, command, body, hash)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
                     $8::text[], $9::bytea[])

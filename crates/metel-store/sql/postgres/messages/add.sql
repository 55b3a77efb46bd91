-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
INSERT INTO messages (workspace, id, name, correlation, body, untrusted, sent_by, sent_at, expires, state)
SELECT new.*, 'new'
  FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
              $8::bigint[], $9::bigint[]) AS new
ON CONFLICT (workspace, id) DO NOTHING

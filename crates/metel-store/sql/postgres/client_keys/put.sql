-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- A key that still holds is left as it is; an expired one is written over. What was written comes back.
INSERT INTO client_keys (workspace, key, body, run, expires)
SELECT workspace, key, body, run, expires
  FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bytea[], $5::bigint[])
       AS new (workspace, key, body, run, expires)
ON CONFLICT (workspace, key) DO UPDATE
   SET body = excluded.body, run = excluded.run, expires = excluded.expires
 WHERE client_keys.expires <= $6      -- the earliest time of the group
RETURNING workspace, run

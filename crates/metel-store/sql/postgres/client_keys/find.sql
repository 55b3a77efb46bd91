-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- Whose each key is, after `put`.
SELECT client_keys.workspace, client_keys.key, client_keys.run, client_keys.body
  FROM client_keys
  JOIN unnest($1::bytea[], $2::text[]) AS asked (workspace, key)
    ON client_keys.workspace = asked.workspace AND client_keys.key = asked.key

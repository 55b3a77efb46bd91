-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- Only after `find` found none that still holds: an expired one is written over.
INSERT INTO client_keys (workspace, key, body, run, expires)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (workspace, key) DO UPDATE SET body = excluded.body, run = excluded.run, expires = excluded.expires

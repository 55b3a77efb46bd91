-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- Keys of starts that were refused after all: a refused start does not use up its key.
DELETE FROM client_keys
 USING unnest($1::bytea[], $2::text[], $3::bytea[]) AS gone (workspace, key, run)
 WHERE client_keys.workspace = gone.workspace AND client_keys.key = gone.key AND client_keys.run = gone.run

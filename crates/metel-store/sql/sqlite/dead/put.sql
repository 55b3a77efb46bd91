-- SQLite writes a commit row by row, PostgreSQL as arrays.
INSERT INTO dead (workspace, run, step, code, at, attempts)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, run, step) DO UPDATE
   SET code = excluded.code, at = excluded.at, attempts = excluded.attempts

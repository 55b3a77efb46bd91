-- SQLite writes a commit row by row, PostgreSQL as arrays.
INSERT INTO approvals (workspace, id, run, status, ask, decided, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

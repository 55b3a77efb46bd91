-- SQLite writes a commit row by row, PostgreSQL as arrays.
INSERT INTO outbox (workspace, id, kind, body, due) VALUES ($1, $2, $3, $4, $5)

-- Outside any run; an id that was published before changes nothing.
INSERT INTO messages (workspace, id, name, correlation, body, untrusted, sent_by, sent_at, expires, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'new')
ON CONFLICT (workspace, id) DO NOTHING

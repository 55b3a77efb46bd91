-- SQLite publishes row by row, PostgreSQL in one statement.
-- An id that was published before changes nothing.
INSERT INTO topic_messages (workspace, topic, place, id, body, sent_by, sent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace, topic, id) DO NOTHING

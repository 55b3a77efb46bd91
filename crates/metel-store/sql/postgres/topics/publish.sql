-- PostgreSQL publishes in one statement, SQLite row by row.
-- The topic's row is held until the end, so that places become visible in their order. An id that was
-- published before leaves its place empty.
WITH room AS (
    INSERT INTO topics (workspace, name, next)
    VALUES ($1, $2, 1 + $3)
    ON CONFLICT (workspace, name) DO UPDATE SET next = topics.next + $3
    RETURNING number, next - $3 AS first
)
INSERT INTO topic_messages (workspace, topic, place, id, body, sent_by, sent_at)
SELECT $1, room.number, room.first + new.nth - 1, new.id, new.body, $6, $7
  FROM room
 CROSS JOIN unnest($4::bytea[], $5::text[]) WITH ORDINALITY AS new (id, body, nth)
ON CONFLICT (workspace, topic, id) DO NOTHING

-- SQLite publishes row by row, PostgreSQL in one statement.
-- Room for $3 messages in a topic, which begins with its first one; the first place of them.
INSERT INTO topics (workspace, name, next)
VALUES ($1, $2, 1 + $3)
ON CONFLICT (workspace, name) DO UPDATE SET next = topics.next + $3
RETURNING number, next - $3

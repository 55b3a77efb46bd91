-- PostgreSQL leases in one statement, SQLite in two.
-- The stretch that has been due for longest; else up to $5 places that nobody was given yet.
WITH again AS (
    SELECT first
      FROM topic_leases
     WHERE workspace = $1 AND subscription = $2 AND due <= $3
     ORDER BY due
     LIMIT 1
       FOR UPDATE SKIP LOCKED
),
retaken AS (
    UPDATE topic_leases
       SET due = $4, attempts = attempts + 1
      FROM again
     WHERE workspace = $1 AND subscription = $2 AND topic_leases.first = again.first
    RETURNING topic_leases.first, last, attempts
),
stand AS (
    SELECT number, topic, next
      FROM topic_subscriptions
     WHERE workspace = $1 AND number = $2 AND NOT EXISTS (SELECT 1 FROM again)
       FOR UPDATE
),
moved AS (
    UPDATE topic_subscriptions AS s
       SET next = least(stand.next + $5, t.next)
      FROM stand
      JOIN topics AS t ON t.number = stand.topic
     WHERE s.number = stand.number AND stand.next < t.next
    RETURNING stand.next AS first, s.next - 1 AS last
),
fresh AS (
    INSERT INTO topic_leases (workspace, subscription, first, last, due, attempts)
    SELECT $1, $2, first, last, $4, 1 FROM moved
    RETURNING first, last, attempts
)
SELECT first, last, attempts FROM retaken
UNION ALL
SELECT first, last, attempts FROM fresh

-- SQLite leases in two statements, PostgreSQL in one.
SELECT s.next, t.next
  FROM topic_subscriptions AS s
  JOIN topics AS t ON t.number = s.topic
 WHERE s.workspace = $1 AND s.number = $2

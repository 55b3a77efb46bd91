-- A subscription begins with the topic's first message that is still kept, or with the next one. One that is
-- there stays where it is.
INSERT INTO topic_subscriptions (workspace, topic, name, next, attempts_max)
SELECT $1, number, $3, CASE WHEN $4 = 1 THEN next ELSE 1 END, $5
  FROM topics
 WHERE workspace = $1 AND name = $2
ON CONFLICT (workspace, topic, name) DO NOTHING

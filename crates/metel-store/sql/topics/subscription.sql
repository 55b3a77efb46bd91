SELECT s.number, s.topic, s.attempts_max
  FROM topic_subscriptions AS s
  JOIN topics AS t ON t.number = s.topic
 WHERE t.workspace = $1 AND t.name = $2 AND s.name = $3

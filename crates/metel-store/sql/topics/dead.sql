SELECT d.place, d.attempts, d.error, d.at, m.id, m.body
  FROM topic_dead AS d
  JOIN topic_subscriptions AS s ON s.number = d.subscription
  LEFT JOIN topic_messages AS m ON m.workspace = d.workspace AND m.topic = s.topic AND m.place = d.place
 WHERE d.workspace = $1 AND d.subscription = $2 AND d.place > $3
 ORDER BY d.place
 LIMIT $4

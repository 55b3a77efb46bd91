SELECT name, next - 1,
       (SELECT count(*) FROM topic_subscriptions AS s WHERE s.topic = topics.number)
  FROM topics
 WHERE workspace = $1
 ORDER BY name
 LIMIT $2

-- How far a subscription is: places not given yet, stretches that are given, and what was given up.
SELECT s.name, t.next - s.next,
       (SELECT count(*) FROM topic_leases AS l WHERE l.workspace = s.workspace AND l.subscription = s.number),
       (SELECT count(*) FROM topic_dead AS d WHERE d.workspace = s.workspace AND d.subscription = s.number)
  FROM topic_subscriptions AS s
  JOIN topics AS t ON t.number = s.topic
 WHERE s.workspace = $1 AND t.name = $2
 ORDER BY s.name

-- What was sent before $2, but for what some subscription has not settled: at most $3 at a time.
DELETE FROM topic_messages
 WHERE workspace = $1
   AND (topic, place) IN (
           SELECT m.topic, m.place
             FROM topic_messages AS m
            WHERE m.workspace = $1
              AND m.sent_at < $2
              AND NOT EXISTS (SELECT 1
                                FROM topic_subscriptions AS s
                               WHERE s.topic = m.topic AND s.next <= m.place)
              AND NOT EXISTS (SELECT 1
                                FROM topic_leases AS l
                                JOIN topic_subscriptions AS s ON s.number = l.subscription
                               WHERE s.topic = m.topic AND m.place BETWEEN l.first AND l.last)
              AND NOT EXISTS (SELECT 1
                                FROM topic_dead AS d
                                JOIN topic_subscriptions AS s ON s.number = d.subscription
                               WHERE s.topic = m.topic AND d.place = m.place)
            LIMIT $3)

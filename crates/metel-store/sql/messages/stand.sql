-- What the courier has to do: whether anything is new or has strayed, when the next is given again, and when the next expires.
SELECT (SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'new' LIMIT 1) AS fresh)
       + (SELECT count(*) FROM (SELECT 1 FROM subscriptions WHERE state = 'new' LIMIT 1) AS begun)
       + (SELECT count(*)
            FROM (SELECT 1
                    FROM messages
                   WHERE state = 'given'
                     AND NOT EXISTS (SELECT 1
                                       FROM subscriptions
                                      WHERE subscriptions.workspace = messages.workspace
                                        AND subscriptions.message = messages.id)
                   LIMIT 1) AS strays),
       (SELECT min(due) FROM subscriptions WHERE state = 'given'),
       (SELECT expires
          FROM messages
         WHERE state <> 'given'
           AND NOT EXISTS (SELECT 1
                             FROM subscriptions
                            WHERE subscriptions.workspace = messages.workspace
                              AND subscriptions.message = messages.id)
         ORDER BY expires
         LIMIT 1)

-- Those on their way are let through, also where one of several runs has taken it already.
DELETE FROM messages
 WHERE number IN (
           SELECT number
             FROM messages
            WHERE state <> 'given'
              AND expires <= $1
              AND NOT EXISTS (SELECT 1
                                FROM subscriptions
                               WHERE subscriptions.workspace = messages.workspace
                                 AND subscriptions.message = messages.id)
            ORDER BY expires
            LIMIT $2)

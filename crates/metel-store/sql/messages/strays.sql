-- Given to steps that wait no more, and taken by none: looked at anew.
UPDATE messages
   SET state = 'new'
 WHERE state = 'given'
   AND NOT EXISTS (SELECT 1
                     FROM subscriptions
                    WHERE subscriptions.workspace = messages.workspace AND subscriptions.message = messages.id)

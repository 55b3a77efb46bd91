-- A message that went to nobody after all is looked at anew.
UPDATE messages
   SET state = 'new'
 WHERE workspace = $1
   AND id = $2
   AND state = 'given'
   AND NOT EXISTS (SELECT 1
                     FROM subscriptions
                    WHERE subscriptions.workspace = messages.workspace AND subscriptions.message = messages.id)

-- The step goes on waiting: another one of its run took the message that it was given.
UPDATE subscriptions
   SET state = 'new', message = NULL, due = 0, attempts = 0
 WHERE workspace = $1 AND run = $2 AND step = $3 AND message = $4

-- PostgreSQL skips rows that another courier is taking at the moment; SQLite has one writer.
-- Taken ones come back at `$2` unless they are settled or put off before.
WITH picked AS MATERIALIZED (
    SELECT number FROM subscriptions WHERE state = 'given' AND due <= $1 ORDER BY due LIMIT $3
       FOR UPDATE SKIP LOCKED)
UPDATE subscriptions
   SET due = $2, attempts = attempts + 1
  FROM picked
 WHERE subscriptions.number = picked.number
RETURNING subscriptions.workspace, subscriptions.run, subscriptions.step, subscriptions.message, subscriptions.attempts

-- PostgreSQL skips rows that another courier is taking at the moment; SQLite has one writer.
-- Taken ones come back at `$2` unless they are settled or put off before.
UPDATE subscriptions
   SET due = $2, attempts = attempts + 1
 WHERE number IN (SELECT number FROM subscriptions WHERE state = 'given' AND due <= $1 ORDER BY due LIMIT $3)
RETURNING workspace, run, step, message, attempts

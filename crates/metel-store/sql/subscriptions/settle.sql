-- The step does not wait for this message any more.
DELETE FROM subscriptions WHERE workspace = $1 AND run = $2 AND step = $3 AND message = $4

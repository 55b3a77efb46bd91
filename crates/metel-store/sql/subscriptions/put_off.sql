UPDATE subscriptions SET due = $5 WHERE workspace = $1 AND run = $2 AND step = $3 AND message = $4

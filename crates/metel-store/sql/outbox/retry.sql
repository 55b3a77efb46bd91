UPDATE outbox SET due = $3, error = $4 WHERE workspace = $1 AND id = $2

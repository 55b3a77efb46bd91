INSERT INTO topic_leases (workspace, subscription, first, last, due, attempts) VALUES ($1, $2, $3, $4, $5, $6)

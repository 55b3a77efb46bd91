-- SQLite leases in two statements, PostgreSQL in one.
UPDATE topic_subscriptions SET next = $3 WHERE workspace = $1 AND number = $2

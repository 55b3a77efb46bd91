-- Whoever works on a stretch keeps it for longer.
UPDATE topic_leases SET due = $5 WHERE workspace = $1 AND subscription = $2 AND first = $3 AND attempts = $4

INSERT INTO topic_dead (workspace, subscription, place, attempts, error, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, subscription, place) DO UPDATE
   SET attempts = excluded.attempts, error = excluded.error, at = excluded.at

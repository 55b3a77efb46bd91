INSERT INTO standing_uses (workspace, rule, run, step, digest, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING

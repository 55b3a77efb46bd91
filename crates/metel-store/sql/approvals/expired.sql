-- Nobody decided in time.
SELECT workspace, id, run, status, ask, decided, created_at FROM approvals WHERE status = 'pending' AND expires_at <= $1 ORDER BY expires_at LIMIT $2

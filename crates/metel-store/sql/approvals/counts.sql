SELECT status, count(*) FROM approvals WHERE workspace = $1 AND created_at >= 0 GROUP BY status

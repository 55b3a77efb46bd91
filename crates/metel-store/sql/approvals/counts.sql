SELECT status, count(*) FROM approvals WHERE workspace = $1 GROUP BY status

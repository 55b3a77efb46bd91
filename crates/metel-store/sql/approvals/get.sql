SELECT workspace, id, run, status, ask, decided, created_at FROM approvals WHERE workspace = $1 AND id = $2

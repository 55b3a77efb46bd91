INSERT INTO canaries (workspace, run, tool, made_by, created_at) VALUES ($1, $2, $3, $4, $5)

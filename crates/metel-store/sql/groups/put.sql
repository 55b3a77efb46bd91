INSERT INTO groups (workspace, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (workspace, name) DO NOTHING

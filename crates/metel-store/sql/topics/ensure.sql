INSERT INTO topics (workspace, name, next) VALUES ($1, $2, 1) ON CONFLICT (workspace, name) DO NOTHING

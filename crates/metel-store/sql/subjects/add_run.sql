INSERT INTO subject_runs (workspace, key_id, run) VALUES ($1, $2, $3) ON CONFLICT (workspace, key_id, run) DO NOTHING

INSERT INTO group_members (workspace, group_name, member) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

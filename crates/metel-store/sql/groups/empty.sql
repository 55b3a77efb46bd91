DELETE FROM group_members WHERE workspace = $1 AND group_name = $2

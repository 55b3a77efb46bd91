DELETE FROM groups WHERE workspace = $1 AND name = $2

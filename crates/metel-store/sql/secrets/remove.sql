DELETE FROM secrets WHERE workspace = $1 AND id = $2

DELETE FROM connections WHERE workspace = $1 AND id = $2

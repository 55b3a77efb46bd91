UPDATE contracts SET state = $4 WHERE workspace = $1 AND id = $2 AND version = $3

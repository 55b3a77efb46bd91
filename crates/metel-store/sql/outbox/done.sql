DELETE FROM outbox WHERE workspace = $1 AND id = $2

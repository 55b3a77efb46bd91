DELETE FROM webhooks WHERE workspace = $1 AND id = $2

SELECT workspace, id, url, kinds, secret, active, created_at FROM webhooks WHERE workspace = $1 ORDER BY id

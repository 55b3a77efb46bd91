SELECT workspace, id, version, digest, body, state, created_at FROM contracts WHERE workspace = $1 AND digest = $2 ORDER BY id, version LIMIT 1

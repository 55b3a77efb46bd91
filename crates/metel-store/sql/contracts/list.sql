SELECT workspace, id, version, digest, body, state, created_at FROM contracts WHERE workspace = $1 ORDER BY id, created_at, version

SELECT workspace, id, version, digest, body, state, created_at FROM contracts WHERE workspace = $1 AND id = $2 AND version = $3

SELECT workspace, name, version, digest, front, title, body, created_at FROM workflows WHERE workspace = $1 AND name = $2 AND version = $3

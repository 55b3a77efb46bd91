SELECT workspace, name, version, digest, front, title, body, created_at FROM workflows WHERE workspace = $1 AND digest = $2 ORDER BY name, version LIMIT 1

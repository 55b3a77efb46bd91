SELECT workspace, version, digest, body, changed_by, created_at FROM policies WHERE workspace = $1 ORDER BY version DESC LIMIT $2

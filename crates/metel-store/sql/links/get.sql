SELECT workspace, approval, digest, person, made_by, expires_at, used_at FROM links WHERE hash = $1

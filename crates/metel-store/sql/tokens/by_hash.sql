-- The token itself names its workspace: the one lookup across workspaces.
SELECT workspace, id, hash, owner, name, role, created_at, expires_at, used_at, revoked_at FROM tokens WHERE hash = $1

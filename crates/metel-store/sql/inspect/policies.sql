-- The policy in force of every workspace.
SELECT workspace, version, body FROM policies p WHERE version = (SELECT max(version) FROM policies q WHERE q.workspace = p.workspace)

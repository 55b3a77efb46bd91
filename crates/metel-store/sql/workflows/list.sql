-- The newest version of each name.
SELECT workspace, name, version, digest, front, title, body, created_at
  FROM workflows AS newest
 WHERE workspace = $1
   AND version = (SELECT max(version) FROM workflows WHERE workspace = newest.workspace AND name = newest.name)
 ORDER BY name

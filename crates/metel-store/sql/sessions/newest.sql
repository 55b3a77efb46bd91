SELECT workspace, id, person, body, created_at, updated_at
  FROM sessions
 WHERE workspace = $1 AND person = $2
 ORDER BY updated_at DESC
 LIMIT $3

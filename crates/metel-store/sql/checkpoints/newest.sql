SELECT workspace, number, at, previous, leaves, root, chains, events, key, signature
  FROM checkpoints
 WHERE workspace = $1
 ORDER BY number DESC
 LIMIT 1

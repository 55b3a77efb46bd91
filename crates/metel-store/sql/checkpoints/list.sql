SELECT workspace, number, at, previous, leaves, root, chains, events, key, signature
  FROM checkpoints
 WHERE workspace = $1 AND number > $2
 ORDER BY number
 LIMIT $3

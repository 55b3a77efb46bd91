SELECT workspace, run, slot, step, intent, due, owner, -rank, needs
  FROM tasks
 WHERE owner = $1
 LIMIT $2

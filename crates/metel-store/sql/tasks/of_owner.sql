SELECT workspace, run, slot, step, intent, due, owner, priority
  FROM tasks
 WHERE owner = $1
 LIMIT $2

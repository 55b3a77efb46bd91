SELECT workspace, run, slot, step, intent, due, owner, -rank, needs
  FROM tasks
 WHERE workspace = $1 AND run = $2
 ORDER BY slot

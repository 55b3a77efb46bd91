SELECT run, seq, head FROM checkpoint_leaves WHERE workspace = $1 AND run = $2 ORDER BY number DESC LIMIT 1

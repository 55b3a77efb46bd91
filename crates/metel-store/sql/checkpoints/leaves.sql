SELECT run, seq, head FROM checkpoint_leaves WHERE workspace = $1 AND number = $2 AND seq >= 0 ORDER BY run

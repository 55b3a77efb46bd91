INSERT INTO checkpoint_leaves (workspace, run, number, seq, head) VALUES ($1, $2, $3, $4, $5)

INSERT INTO checkpoints (workspace, number, at, previous, leaves, root, chains, events, key, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

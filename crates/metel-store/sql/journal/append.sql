-- What was done to the workspace itself: a chain among the runs' own, under the workspace's id.
INSERT INTO events (workspace, run, seq, count, at, actor, command, body, hash)
VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8)

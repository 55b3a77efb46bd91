-- SQLite writes a commit row by row, PostgreSQL as arrays.
-- The row of a slot, whatever stood there.
INSERT INTO tasks (workspace, run, slot, step, intent, due, rank, owner, needs)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace, run, slot) DO UPDATE
   SET step = excluded.step, intent = excluded.intent, due = excluded.due, owner = excluded.owner,
       rank = excluded.rank, needs = excluded.needs

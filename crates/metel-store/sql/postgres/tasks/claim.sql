-- PostgreSQL claims in one statement, skipping rows that another worker is taking; SQLite walks the groups.
WITH RECURSIVE groups AS (
    -- The groups (workspace, rank, needs) that have free tasks, found one after the other in the index,
    -- each with its earliest time.
    (SELECT workspace, rank, needs, due
       FROM tasks
      WHERE owner IS NULL AND due < 9223372036854775807
      ORDER BY workspace, rank, needs, due
      LIMIT 1)
    UNION ALL
    SELECT found.workspace, found.rank, found.needs, found.due
      FROM groups
     CROSS JOIN LATERAL (
           SELECT workspace, rank, needs, due
             FROM tasks
            WHERE owner IS NULL AND due < 9223372036854775807
              AND (tasks.workspace, tasks.rank, tasks.needs) > (groups.workspace, groups.rank, groups.needs)
            ORDER BY workspace, rank, needs, due
            LIMIT 1) AS found
),
ready AS (
    SELECT workspace, rank, needs FROM groups WHERE due <= $2 AND string_to_array(needs, ' ') <@ $4::text[]
),
turns AS (
    -- The workspace after the one that was served last comes first.
    SELECT workspace, row_number() OVER (ORDER BY workspace <= $5, workspace) AS turn
      FROM (SELECT DISTINCT workspace FROM ready) AS waiting
),
shares AS (
    SELECT workspace, turn, greatest(1, $3 / count(*) OVER ()) AS share   -- alike for each
      FROM turns
     ORDER BY turn
     LIMIT $3
),
free AS MATERIALIZED (
    SELECT ready.workspace, ready.rank, shares.turn, shares.share, found.run, found.slot, found.due
      FROM shares
      JOIN ready USING (workspace)
     CROSS JOIN LATERAL (
           SELECT run, slot, due
             FROM tasks
            WHERE owner IS NULL AND due < 9223372036854775807             -- free, and not parked
              AND tasks.workspace = ready.workspace
              AND tasks.rank = ready.rank
              AND tasks.needs = ready.needs
              AND tasks.due <= $2
            ORDER BY due
            LIMIT shares.share
              FOR UPDATE SKIP LOCKED) AS found
),
picked AS MATERIALIZED (
    SELECT workspace, run, slot
      FROM (SELECT *, row_number() OVER (PARTITION BY workspace ORDER BY rank, due) AS place FROM free) AS placed
     WHERE place <= share
     ORDER BY place, turn
     LIMIT $3
)
UPDATE tasks
   SET owner = $1
  FROM picked
 WHERE tasks.workspace = picked.workspace AND tasks.run = picked.run AND tasks.slot = picked.slot
   AND NOT EXISTS (SELECT 1 FROM workers WHERE id = $1 AND fenced = 1)    -- a fenced worker takes nothing
RETURNING tasks.workspace, tasks.run, tasks.slot, tasks.step, tasks.intent, tasks.due, tasks.owner, -tasks.rank,
          tasks.needs

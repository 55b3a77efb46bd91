-- PostgreSQL claims in one statement, skipping rows that another worker is taking; SQLite walks the groups.
WITH RECURSIVE groups AS (
    -- The groups (workspace, priority) that have free tasks, found one after the other in the index,
    -- each with its earliest time.
    (SELECT workspace, priority, due
       FROM tasks
      WHERE owner IS NULL AND due < 9223372036854775807
      ORDER BY workspace, priority, due
      LIMIT 1)
    UNION ALL
    SELECT found.workspace, found.priority, found.due
      FROM groups
     CROSS JOIN LATERAL (
           SELECT workspace, priority, due
             FROM tasks
            WHERE owner IS NULL AND due < 9223372036854775807
              AND (tasks.workspace, tasks.priority) > (groups.workspace, groups.priority)
            ORDER BY workspace, priority, due
            LIMIT 1) AS found
),
ready AS (
    SELECT workspace, priority, due,
           greatest(1, $3 / count(*) OVER ()) AS share                 -- an equal share each
      FROM groups
     WHERE due <= $2
     ORDER BY priority DESC, due                                       -- the more pressing first
     LIMIT $3
),
picked AS MATERIALIZED (
    SELECT free.workspace, free.run, free.slot
      FROM ready
     CROSS JOIN LATERAL (
           SELECT workspace, run, slot
             FROM tasks
            WHERE owner IS NULL AND due < 9223372036854775807          -- free, and not parked
              AND tasks.workspace = ready.workspace
              AND tasks.priority = ready.priority
              AND tasks.due <= $2
            ORDER BY due
            LIMIT ready.share
              FOR UPDATE SKIP LOCKED) AS free
     LIMIT $3
)
UPDATE tasks
   SET owner = $1
  FROM picked
 WHERE tasks.workspace = picked.workspace AND tasks.run = picked.run AND tasks.slot = picked.slot
   AND NOT EXISTS (SELECT 1 FROM workers WHERE id = $1 AND fenced = 1) -- a fenced worker takes nothing
RETURNING tasks.workspace, tasks.run, tasks.slot, tasks.step, tasks.intent, tasks.due, tasks.owner, tasks.priority

-- PostgreSQL finds the groups in one statement; SQLite walks them.
-- When the earliest free task falls due that a worker can do which is able to do all of `$1`.
WITH RECURSIVE groups AS (
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
)
SELECT min(due) FROM groups WHERE string_to_array(needs, ' ') <@ $1::text[]

-- PostgreSQL finds the groups in one statement; SQLite walks them.
WITH RECURSIVE groups AS (
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
)
SELECT min(due) FROM groups

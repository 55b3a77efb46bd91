-- PostgreSQL matches a group in one statement; SQLite row by row.
-- New messages go to everybody who waits for them, the oldest of a kind first; the others of its kind are kept.
WITH fresh AS (
    SELECT number, workspace, id, name, correlation,
           row_number() OVER (PARTITION BY workspace, name, correlation ORDER BY number) AS place
      FROM (SELECT *
              FROM messages
             WHERE state = 'new'
               AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE state = 'new')   -- those come first
             ORDER BY number
             LIMIT $2) AS oldest
),
given AS (
    UPDATE subscriptions
       SET state = 'given', message = fresh.id, due = $1
      FROM fresh
     WHERE fresh.place = 1
       AND subscriptions.state = 'waiting'
       AND subscriptions.workspace = fresh.workspace
       AND subscriptions.name = fresh.name
       AND subscriptions.correlation = fresh.correlation
       AND subscriptions.until > $1
    RETURNING subscriptions.workspace, subscriptions.message
)
UPDATE messages
   SET state = CASE WHEN EXISTS (SELECT 1
                                   FROM given
                                  WHERE given.workspace = messages.workspace AND given.message = messages.id)
                    THEN 'given' ELSE 'kept' END
  FROM fresh
 WHERE messages.number = fresh.number

-- PostgreSQL matches a group in one statement; SQLite row by row.
-- Steps that begin to wait look through what is kept: the first who came takes the oldest, one each.
WITH begun AS (
    SELECT number, workspace, name, correlation, until,
           row_number() OVER (PARTITION BY workspace, name, correlation ORDER BY number) AS place
      FROM (SELECT * FROM subscriptions WHERE state = 'new' ORDER BY number LIMIT $2) AS oldest
),
wanted AS (
    SELECT workspace, name, correlation, count(*) AS many FROM begun GROUP BY workspace, name, correlation
),
kept AS (
    SELECT wanted.workspace, wanted.name, wanted.correlation, found.number, found.id,
           row_number() OVER (PARTITION BY wanted.workspace, wanted.name, wanted.correlation
                              ORDER BY found.number) AS place
      FROM wanted
     CROSS JOIN LATERAL (
           SELECT number, id
             FROM messages
            WHERE state = 'kept'
              AND messages.workspace = wanted.workspace
              AND messages.name = wanted.name
              AND messages.correlation = wanted.correlation
              AND messages.expires > $1
            ORDER BY number
            LIMIT wanted.many) AS found
),
matched AS MATERIALIZED (
    SELECT begun.number AS subscription, kept.number AS message, kept.id
      FROM begun
      LEFT JOIN kept
        ON kept.workspace = begun.workspace AND kept.name = begun.name AND kept.correlation = begun.correlation
       AND kept.place = begun.place
       AND begun.until > $1
),
sent AS (
    UPDATE messages SET state = 'given' FROM matched WHERE messages.number = matched.message
)
UPDATE subscriptions
   SET state = CASE WHEN matched.id IS NULL THEN 'waiting' ELSE 'given' END, message = matched.id, due = $1
  FROM matched
 WHERE subscriptions.number = matched.subscription

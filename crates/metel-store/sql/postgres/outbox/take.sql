-- PostgreSQL skips rows that another worker is taking at the moment; SQLite has one writer.
-- Taken items come back at `$2` unless they are delivered or put off before.
WITH picked AS MATERIALIZED (
    SELECT workspace, id
      FROM outbox
     WHERE due < 9223372036854775807 AND due <= $1   -- given up ones are parked
     ORDER BY due
     LIMIT $3
       FOR UPDATE SKIP LOCKED)
UPDATE outbox
   SET due = $2, attempts = attempts + 1
  FROM picked
 WHERE outbox.workspace = picked.workspace AND outbox.id = picked.id
RETURNING outbox.workspace, outbox.id, outbox.kind, outbox.body, outbox.due, outbox.attempts, outbox.error

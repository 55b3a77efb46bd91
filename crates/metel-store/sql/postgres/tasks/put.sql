-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- The row of each slot, whatever stood there.
INSERT INTO tasks (workspace, run, slot, step, intent, due, priority, owner)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bytea[])
ON CONFLICT (workspace, run, slot) DO UPDATE
   SET step = excluded.step, intent = excluded.intent, due = excluded.due, owner = excluded.owner,
       priority = excluded.priority

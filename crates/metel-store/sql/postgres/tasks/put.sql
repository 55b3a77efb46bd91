-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- The row of each slot, whatever stood there.
INSERT INTO tasks (workspace, run, slot, step, intent, due, rank, owner, needs)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bytea[], $9::text[])
ON CONFLICT (workspace, run, slot) DO UPDATE
   SET step = excluded.step, intent = excluded.intent, due = excluded.due, owner = excluded.owner,
       rank = excluded.rank, needs = excluded.needs

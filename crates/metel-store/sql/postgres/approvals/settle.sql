-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
UPDATE approvals
   SET status = settled.status, decided = settled.decided
  FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::text[], $5::text[])
       AS settled (workspace, id, run, status, decided)
 WHERE approvals.workspace = settled.workspace AND approvals.id = settled.id AND approvals.run = settled.run

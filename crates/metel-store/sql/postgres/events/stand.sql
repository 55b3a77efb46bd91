-- PostgreSQL can lose the answer to a COMMIT with its connection; SQLite has none to lose.
-- Runs whose log holds exactly these entries.
SELECT events.workspace, events.run
  FROM events
  JOIN unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[]) AS asked (workspace, run, seq, hash)
    ON events.workspace = asked.workspace AND events.run = asked.run AND events.seq = asked.seq
   AND events.hash = asked.hash

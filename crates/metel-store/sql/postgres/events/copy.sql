-- PostgreSQL copies many in one statement, SQLite one by one.
INSERT INTO events (workspace, run, seq, count, at, actor, command, body, hash)
SELECT workspace, new.id, seq, count, at, actor, command, body, hash
  FROM events
 CROSS JOIN unnest($3::bytea[]) WITH ORDINALITY AS new (id, nth)
 WHERE workspace = $1 AND run = $2
 ORDER BY new.nth, seq

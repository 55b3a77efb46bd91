-- SQLite copies one by one, PostgreSQL many in one statement.
INSERT INTO events (workspace, run, seq, count, at, actor, command, body, hash)
SELECT workspace, $3, seq, count, at, actor, command, body, hash
  FROM events
 WHERE workspace = $1 AND run = $2
 ORDER BY seq

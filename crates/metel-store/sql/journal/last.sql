SELECT seq, count, at, actor, command, body, hash
  FROM events
 WHERE workspace = $1 AND run = $1
 ORDER BY seq DESC
 LIMIT 1

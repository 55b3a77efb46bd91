SELECT seq, count, at, actor, command, body, hash
  FROM events
 WHERE workspace = $1 AND run = $2 AND seq >= $3
 ORDER BY seq
 LIMIT $4

SELECT seq, count, at, actor, command, body, hash
  FROM events
 WHERE workspace = $1
   AND run = $2
   AND seq >= coalesce((SELECT seq FROM snapshots WHERE workspace = $1 AND run = $2), 0)
 ORDER BY seq

-- The newest first.
SELECT number, id, name, correlation, body, untrusted, sent_by, sent_at, expires, state
  FROM messages
 WHERE workspace = $1
   AND (CAST($2 AS TEXT) IS NULL OR name = $2)
   AND (CAST($3 AS TEXT) IS NULL OR state = $3)
   AND (CAST($4 AS BIGINT) IS NULL OR number < $4)
 ORDER BY number DESC
 LIMIT $5

SELECT number, id, name, correlation, body, untrusted, sent_by, sent_at, expires, state
  FROM messages
 WHERE workspace = $1 AND id = $2

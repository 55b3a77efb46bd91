SELECT workspace, id, kind, body, due, attempts, error
  FROM outbox
 WHERE workspace = $1 AND due = 9223372036854775807
 ORDER BY id
 LIMIT $2

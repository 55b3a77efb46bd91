SELECT place, id, body, sent_by, sent_at
  FROM topic_messages
 WHERE workspace = $1 AND topic = $2 AND place BETWEEN $3 AND $4
 ORDER BY place

SELECT number, transfer, account, amount, kind, note, at
  FROM credit_entries
 WHERE workspace = $1 AND number > $2
 ORDER BY number
 LIMIT $3

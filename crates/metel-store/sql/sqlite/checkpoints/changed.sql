-- SQLite numbers entries as its one writer appends them; PostgreSQL knows them by their transaction.
SELECT id, workspace, run, seq, count, hash
  FROM events
 WHERE id > $1 AND $2 IS NOT NULL
 ORDER BY id
 LIMIT $3

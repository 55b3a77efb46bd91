-- SQLite numbers entries as its one writer appends them; PostgreSQL knows them by their transaction.
-- Only what no unfinished transaction can still come before.
SELECT tx, workspace, run, seq, count, hash
  FROM events
 WHERE tx >= $1
   AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
   AND (tx > $1 OR workspace || run || int8send(seq) > $2)
 ORDER BY tx, workspace, run, seq
 LIMIT $3

-- Who decided, how often with yes, how often with yes within $3 microseconds, and what of it was planted.
SELECT decided_by,
       count(*) FILTER (WHERE NOT planted),
       count(*) FILTER (WHERE NOT planted AND status <> 'rejected'),
       count(*) FILTER (WHERE NOT planted AND status <> 'rejected' AND decided_at - created_at < $3),
       count(*) FILTER (WHERE planted AND status <> 'rejected')
  FROM decisions
 WHERE workspace = $1 AND created_at >= $2 AND decided_by IS NOT NULL
 GROUP BY decided_by
 ORDER BY decided_by

-- Since a time; planted ones apart.
SELECT count(*) FILTER (WHERE NOT planted),
       count(*) FILTER (WHERE NOT planted AND status = 'pending'),
       count(*) FILTER (WHERE NOT planted AND status = 'approved'),
       count(*) FILTER (WHERE NOT planted AND status = 'approved_with_edits'),
       count(*) FILTER (WHERE NOT planted AND status = 'rejected'),
       count(*) FILTER (WHERE NOT planted AND status = 'expired'),
       count(*) FILTER (WHERE NOT planted AND status = 'void'),
       count(DISTINCT CASE WHEN NOT planted THEN run END),
       count(*) FILTER (WHERE planted),
       count(*) FILTER (WHERE planted AND status = 'rejected'),
       count(*) FILTER (WHERE planted AND status IN ('approved', 'approved_with_edits'))
  FROM decisions
 WHERE workspace = $1 AND created_at >= $2

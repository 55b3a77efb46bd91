SELECT status, count(*) FROM runs WHERE workspace = $1 GROUP BY status

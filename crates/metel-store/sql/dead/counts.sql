SELECT code, count(*) FROM dead WHERE workspace = $1 AND at >= 0 GROUP BY code ORDER BY code

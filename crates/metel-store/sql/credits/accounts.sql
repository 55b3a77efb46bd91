SELECT account, CAST(SUM(amount) AS BIGINT) FROM credit_entries WHERE workspace = $1 GROUP BY account ORDER BY account

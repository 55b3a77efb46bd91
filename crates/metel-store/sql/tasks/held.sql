SELECT count(*) FROM tasks WHERE owner IS NOT NULL

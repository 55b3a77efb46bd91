-- PostgreSQL asks after a claim that gave nothing; SQLite before it.
SELECT id FROM workers WHERE id = $1 AND fenced = 1

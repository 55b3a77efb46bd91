-- SQLite asks for one worker, PostgreSQL for those of a batch with a lock on their rows.
SELECT 1 FROM workers WHERE id = $1 AND fenced = 1

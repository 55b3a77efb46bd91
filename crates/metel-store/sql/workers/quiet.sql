-- Whether all is as it should be: workers that fell silent, tasks of workers that are gone, tasks of one's own;
-- and until when nobody else can fall silent.
SELECT (SELECT count(*) FROM workers WHERE fenced = 0 AND alive_until < $1 AND id <> $2),
       (SELECT count(*)
          FROM (SELECT 1
                  FROM tasks
                 WHERE owner IS NOT NULL
                   AND owner <> $2
                   AND owner NOT IN (SELECT id FROM workers WHERE fenced = 0)   -- fenced, or never known
                 LIMIT 1) AS lost),
       (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE owner = $2 LIMIT 1) AS own),
       (SELECT min(alive_until) FROM workers WHERE fenced = 0 AND alive_until >= $1 AND id <> $2)

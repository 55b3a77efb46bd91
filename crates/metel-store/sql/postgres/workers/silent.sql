-- PostgreSQL locks before it fences, so it first asks whether there is anybody to fence.
SELECT count(*) FROM workers WHERE fenced = 0 AND alive_until < $1 AND id <> $2

-- From here on nothing of the workers that fell silent is accepted.
UPDATE workers
   SET fenced = 1
 WHERE fenced = 0
   AND alive_until < $1
   AND id <> $2       -- never oneself

-- A run took it. It is remembered for a while, so that publishing it again changes nothing.
UPDATE messages
   SET state = 'taken', expires = CASE WHEN expires < $3 THEN expires ELSE $3 END
 WHERE workspace = $1 AND id = $2 AND state <> 'taken'

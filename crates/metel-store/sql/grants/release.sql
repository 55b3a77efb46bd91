-- Not renewed: others may try from a time on, or nobody any more where there is trouble.
UPDATE grants SET holder = NULL, held_until = $5, trouble = $6, updated_at = $7
 WHERE workspace = $1 AND connection = $2 AND version = $3 AND holder = $4

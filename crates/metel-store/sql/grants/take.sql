-- One of all workers and processes renews these tokens; another may after the time is over.
UPDATE grants SET holder = $4, held_until = $5
 WHERE workspace = $1 AND connection = $2 AND version = $3 AND trouble IS NULL AND (held_until IS NULL OR held_until <= $6)

-- What came of it; what was sealed for it is of no use any more.
UPDATE authorizations SET status = $3, outcome = $4, sealed = $5 WHERE workspace = $1 AND id = $2

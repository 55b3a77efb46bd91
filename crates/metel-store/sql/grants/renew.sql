-- Only for the tokens that were renewed, and only by whoever still holds the lease.
UPDATE grants SET body = $5, key_id = $6, sealed = $7, expires_at = $8, version = version + 1,
       holder = NULL, held_until = NULL, updated_at = $9
 WHERE workspace = $1 AND connection = $2 AND version = $3 AND holder = $4

-- The service no longer takes these tokens, whatever their time says.
UPDATE grants SET expires_at = 0 WHERE workspace = $1 AND connection = $2 AND version = $3

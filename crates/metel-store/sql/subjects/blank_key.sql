-- First, alone: zeros of the same length take the key's own place, so that it does not linger in what is free.
UPDATE subject_keys SET sealed = $3 WHERE workspace = $1 AND key_id = $2 AND erased_at IS NULL

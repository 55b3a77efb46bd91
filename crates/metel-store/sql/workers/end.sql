-- A worker that is gone for certain falls silent at once; the next look takes over what it held.
UPDATE workers SET alive_until = 0 WHERE id = $1 AND fenced = 0

-- Whoever took these is gone: they are due now. `$2` ends what a hold can reach.
UPDATE outbox SET due = $1 WHERE due > $1 AND due <= $2

-- Whoever was handing these over is gone: they are due now. `$2` ends what a hold can reach.
UPDATE subscriptions SET due = $1 WHERE state = 'given' AND due > $1 AND due <= $2

-- Only as much as is still set aside.
UPDATE credit_holds SET amount = amount - $3 WHERE workspace = $1 AND id = $2 AND amount >= $3

-- The two engines read a JSON list differently.
UPDATE budgets
   SET held = held - $3, spent = spent + $4
 WHERE workspace = $1 AND scope IN (SELECT value FROM json_each($2))

-- The two engines read a JSON list differently. Rows are locked in one order, as by those who set aside.
WITH locked AS MATERIALIZED (
    SELECT scope
      FROM budgets
     WHERE workspace = $1
       AND scope IN (SELECT json_array_elements_text(CAST($2 AS text)::json))
     ORDER BY scope
       FOR UPDATE)
UPDATE budgets
   SET held = budgets.held - $3, spent = budgets.spent + $4
  FROM locked
 WHERE budgets.workspace = $1 AND budgets.scope = locked.scope

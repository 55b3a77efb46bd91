-- PostgreSQL's rows are locked in one order before they are compared; SQLite has one writer.
-- All scopes or none.
WITH locked AS MATERIALIZED (
    SELECT scope, cap, held, spent
      FROM budgets
     WHERE workspace = $1
       AND scope IN (SELECT json_array_elements_text(CAST($2 AS text)::json))
     ORDER BY scope
       FOR UPDATE)
UPDATE budgets
   SET held = budgets.held + $3
  FROM (SELECT bool_and(cap IS NULL OR held + spent + $3 <= cap) AS fits FROM locked) AS verdict
 WHERE budgets.workspace = $1
   AND budgets.scope IN (SELECT scope FROM locked)
   AND verdict.fits

-- A grant raises what may be spent; the first one sets it.
INSERT INTO budgets (workspace, scope, cap)
VALUES ($1, $2, $3)
ON CONFLICT (workspace, scope) DO UPDATE SET cap = COALESCE(budgets.cap, 0) + excluded.cap

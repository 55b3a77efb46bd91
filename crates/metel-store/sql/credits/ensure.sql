-- A scope that comes up by itself (each day's) takes over the cap of its kind.
INSERT INTO budgets (workspace, scope, cap)
VALUES ($1, $2, (SELECT cap FROM budgets AS kind WHERE kind.workspace = $1 AND kind.scope = $3))
ON CONFLICT (workspace, scope) DO NOTHING

INSERT INTO budgets (workspace, scope, cap)
VALUES ($1, $2, $3)
ON CONFLICT (workspace, scope) DO UPDATE SET cap = excluded.cap

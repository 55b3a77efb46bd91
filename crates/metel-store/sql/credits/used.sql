INSERT INTO model_usage (workspace, at, model, purpose, calls, input, output, cached, reasoning, cost, scopes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

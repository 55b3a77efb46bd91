INSERT INTO credit_holds (workspace, id, scopes, amount, at) VALUES ($1, $2, $3, $4, $5)

INSERT INTO credit_entries (workspace, transfer, account, amount, kind, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7)

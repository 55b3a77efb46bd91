SELECT workspace, id, scopes, amount, at FROM credit_holds WHERE at < $1 ORDER BY at LIMIT $2

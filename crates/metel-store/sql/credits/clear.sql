DELETE FROM credit_holds WHERE workspace = $1 AND id = $2 AND amount = 0

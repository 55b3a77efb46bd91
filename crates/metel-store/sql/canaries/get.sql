SELECT tool FROM canaries WHERE workspace = $1 AND run = $2

SELECT at FROM standing_uses WHERE workspace = $1 AND rule = $2 AND run = $3 AND step = $4 AND digest = $5

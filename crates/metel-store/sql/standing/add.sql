INSERT INTO standing (workspace, id, body, approval, made_by, until, uses, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

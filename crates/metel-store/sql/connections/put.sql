INSERT INTO connections (workspace, id, service, name, state, body, secret, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace, id) DO UPDATE
   SET name = excluded.name, state = excluded.state, body = excluded.body, secret = excluded.secret,
       updated_at = excluded.updated_at

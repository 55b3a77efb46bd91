INSERT INTO users (workspace, id, name, email, role, password, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace, id) DO UPDATE
   SET name = excluded.name, email = excluded.email, role = excluded.role, password = excluded.password,
       active = excluded.active

INSERT INTO secrets (workspace, id, name, key_id, sealed, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace, id) DO UPDATE
   SET name = excluded.name, key_id = excluded.key_id, sealed = excluded.sealed, updated_at = excluded.updated_at

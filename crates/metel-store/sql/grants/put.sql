-- A new grant ends whatever was under way with the old one: its version moves on.
INSERT INTO grants (workspace, connection, body, key_id, sealed, expires_at, version, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7)
ON CONFLICT (workspace, connection) DO UPDATE
   SET body = excluded.body, key_id = excluded.key_id, sealed = excluded.sealed, expires_at = excluded.expires_at,
       version = grants.version + 1, holder = NULL, held_until = NULL, trouble = NULL, updated_at = excluded.updated_at

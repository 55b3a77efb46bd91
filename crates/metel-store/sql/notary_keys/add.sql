INSERT INTO notary_keys (workspace, number, public, at, previous, signature, key_id, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

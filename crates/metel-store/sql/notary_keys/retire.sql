-- A key that no longer signs has no private half.
UPDATE notary_keys SET sealed = NULL WHERE workspace = $1 AND number < $2

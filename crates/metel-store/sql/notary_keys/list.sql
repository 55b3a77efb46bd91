SELECT workspace, number, public, at, previous, signature, key_id, sealed
  FROM notary_keys
 WHERE workspace = $1
 ORDER BY number

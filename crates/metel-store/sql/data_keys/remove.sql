-- Without its key, what it sealed can be read by nobody.
DELETE FROM data_keys WHERE workspace = $1 AND key_id = $2

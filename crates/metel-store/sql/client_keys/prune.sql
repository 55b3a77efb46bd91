DELETE FROM client_keys WHERE expires <= $1

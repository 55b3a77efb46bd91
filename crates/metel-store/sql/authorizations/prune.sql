DELETE FROM authorizations WHERE expires_at <= $1

DELETE FROM plans WHERE expires_at <= $1

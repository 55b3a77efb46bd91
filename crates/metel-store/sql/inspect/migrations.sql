SELECT number, hash FROM migrations ORDER BY number

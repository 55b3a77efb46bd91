SELECT key, body FROM settings WHERE workspace = $1 ORDER BY key

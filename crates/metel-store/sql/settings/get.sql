SELECT body FROM settings WHERE workspace = $1 AND key = $2

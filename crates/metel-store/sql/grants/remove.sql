DELETE FROM grants WHERE workspace = $1 AND connection = $2

SELECT size, bytes FROM blobs WHERE workspace = $1 AND digest = $2

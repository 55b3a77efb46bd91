SELECT seq, body FROM snapshots WHERE workspace = $1 AND run = $2

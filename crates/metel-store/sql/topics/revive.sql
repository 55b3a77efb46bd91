DELETE FROM topic_dead WHERE workspace = $1 AND subscription = $2 AND place = $3

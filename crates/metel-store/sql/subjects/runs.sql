SELECT run FROM subject_runs WHERE workspace = $1 AND key_id = $2 ORDER BY run

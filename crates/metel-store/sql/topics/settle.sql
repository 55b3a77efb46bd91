-- Only whoever was given it last may settle it.
DELETE FROM topic_leases WHERE workspace = $1 AND subscription = $2 AND first = $3 AND attempts = $4

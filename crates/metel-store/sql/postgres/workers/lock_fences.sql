-- PostgreSQL has several processes: fencing waits for the groups that are being committed.
SELECT pg_advisory_xact_lock(7308604759847430501)

-- PostgreSQL has several processes: one courier matches at a time. SQLite has one writer.
SELECT pg_advisory_xact_lock(7308604759847430502)

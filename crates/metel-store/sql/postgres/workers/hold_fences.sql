-- PostgreSQL has several processes: while a group commits, nobody is fenced. SQLite has one writer.
-- Taken together by all groups; `postgres/workers/lock_fences` waits for them.
SELECT pg_advisory_xact_lock_shared(7308604759847430501)

-- PostgreSQL's transactions end in any order: before this one, all have.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint

-- PostgreSQL tells other processes; SQLite has one.
SELECT pg_notify('metel', payload) FROM unnest($1::text[]) AS payload

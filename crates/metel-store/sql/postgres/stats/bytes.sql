-- PostgreSQL knows its size; SQLite's is that of its files.
SELECT pg_database_size(current_database())

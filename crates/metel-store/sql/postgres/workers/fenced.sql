-- PostgreSQL asks for the workers of a group, SQLite for one.
SELECT id FROM workers WHERE id = ANY ($1) AND fenced = 1

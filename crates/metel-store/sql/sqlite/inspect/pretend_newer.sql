-- For trying the doctor; PostgreSQL's is tried with rows of the tests' own.
INSERT INTO migrations (number, name, hash) VALUES ($1, 'later', x'00')

-- A worker is alive until the time given; a fenced one stays fenced and gets no row back.
INSERT INTO workers (id, name, started, alive_until)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
 WHERE workers.fenced = 0
RETURNING id

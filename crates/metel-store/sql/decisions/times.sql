-- Half of the decisions came within the first time, 95 of 100 within the second.
SELECT max(CASE WHEN place = (total + 1) / 2 THEN took END), max(CASE WHEN place = (total * 95 + 99) / 100 THEN took END)
  FROM (SELECT decided_at - created_at AS took,
               row_number() OVER (ORDER BY decided_at - created_at) AS place,
               count(*) OVER () AS total
          FROM decisions
         WHERE workspace = $1 AND created_at >= $2 AND NOT planted AND decided_at IS NOT NULL) AS ranked

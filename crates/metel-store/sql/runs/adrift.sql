-- Runs whose header is not their log's last entry.
SELECT runs.id
  FROM runs LEFT JOIN events
    ON events.workspace = runs.workspace AND events.run = runs.id AND events.seq + events.count = runs.seq
 WHERE events.hash IS DISTINCT FROM runs.head
 LIMIT 100

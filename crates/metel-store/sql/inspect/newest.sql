SELECT max(at) FROM (SELECT max(updated_at) AS at FROM settings UNION ALL SELECT max(created_at) FROM policies UNION ALL SELECT max(updated_at) FROM connections) AS times

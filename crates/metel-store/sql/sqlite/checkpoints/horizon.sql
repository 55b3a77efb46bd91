-- SQLite has one writer: whatever is there is final.
SELECT coalesce(max(id), 0) FROM events

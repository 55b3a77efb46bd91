-- A copy on another server: transactions of the old one that this one has yet to reach mean nothing here.
WITH foreign_ones AS (
    UPDATE events SET tx = 0 WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
)
UPDATE checkpoint_cursor SET position = 0, after = '' WHERE one = 1

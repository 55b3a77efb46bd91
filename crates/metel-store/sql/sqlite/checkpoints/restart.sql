-- Entries were removed, or come from a copy: everything is looked through again.
UPDATE checkpoint_cursor SET position = 0, after = x'' WHERE one = 1

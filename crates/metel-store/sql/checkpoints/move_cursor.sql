UPDATE checkpoint_cursor SET position = $1, after = $2 WHERE one = 1

SELECT position, after FROM checkpoint_cursor WHERE one = 1

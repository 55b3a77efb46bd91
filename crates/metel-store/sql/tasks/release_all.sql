UPDATE tasks SET owner = NULL WHERE owner = $1

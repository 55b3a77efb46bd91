SELECT count(*), min(due)
  FROM tasks
 WHERE owner IS NULL AND due < 9223372036854775807   -- free, and not parked
   AND due <= $1

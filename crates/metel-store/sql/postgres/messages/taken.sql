-- PostgreSQL writes a group of commits as arrays, SQLite row by row.
-- Runs took them. They are remembered for a while, so that publishing them again changes nothing.
UPDATE messages
   SET state = 'taken', expires = least(messages.expires, took.expires)
  FROM unnest($1::bytea[], $2::bytea[], $3::bigint[]) AS took (workspace, id, expires)
 WHERE messages.workspace = took.workspace AND messages.id = took.id

-- Those on their way are let through.
DELETE FROM messages
 WHERE number IN (
           SELECT number FROM messages WHERE state <> 'given' AND expires <= $1 ORDER BY expires LIMIT $2)

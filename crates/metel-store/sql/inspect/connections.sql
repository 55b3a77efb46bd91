-- Connections of all workspaces with what is known of their tokens.
SELECT c.service, c.body, g.expires_at, g.trouble FROM connections c
  LEFT JOIN grants g ON g.workspace = c.workspace AND g.connection = c.id ORDER BY c.service

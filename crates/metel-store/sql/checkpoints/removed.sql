-- Chains that a checkpoint names and whose entries, or whose run, are gone.
SELECT DISTINCT leaf.run
  FROM checkpoint_leaves AS leaf
 WHERE leaf.workspace = $1
   AND (NOT EXISTS (SELECT 1 FROM events WHERE events.workspace = leaf.workspace AND events.run = leaf.run)
        OR (leaf.run <> leaf.workspace
            AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.workspace = leaf.workspace AND runs.id = leaf.run)))
 ORDER BY leaf.run
 LIMIT $2

-- How many chains checkpoints name, and how many events these hold.
SELECT count(*), CAST(coalesce(sum(last), 0) AS BIGINT)
  FROM (SELECT max(seq) AS last FROM checkpoint_leaves WHERE workspace = $1 GROUP BY run) AS named

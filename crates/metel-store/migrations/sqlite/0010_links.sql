-- One-time links to approvals, planted approvals, and decisions as they are counted.

-- A link is known by its hash only. It is for one person and one payload.
CREATE TABLE links (
    hash       BLOB NOT NULL PRIMARY KEY,
    workspace  BLOB NOT NULL,
    approval   BLOB NOT NULL,
    digest     BLOB NOT NULL,
    person     BLOB NOT NULL,
    made_by    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);

-- Runs that only ask: whoever reads what they approve rejects it. Nothing follows either way.
CREATE TABLE canaries (
    workspace  BLOB NOT NULL,
    run        BLOB NOT NULL,
    tool       TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, run)
);

CREATE VIEW decisions AS
SELECT approvals.workspace, approvals.run, approvals.status, approvals.created_at,
       CAST(json_extract(approvals.decided, '$.at') AS INTEGER) AS decided_at,
       CAST(json_extract(approvals.decided, '$.by') AS TEXT) AS decided_by,
       canaries.run IS NOT NULL AS planted
  FROM approvals
  LEFT JOIN canaries ON canaries.workspace = approvals.workspace AND canaries.run = approvals.run;

-- One-time links to approvals, planted approvals, and decisions as they are counted.

-- A link is known by its hash only. It is for one person and one payload.
CREATE TABLE links (
    hash       BYTEA NOT NULL PRIMARY KEY,
    workspace  BYTEA NOT NULL,
    approval   BYTEA NOT NULL,
    digest     BYTEA NOT NULL,
    person     BYTEA NOT NULL,
    made_by    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- Runs that only ask: whoever reads what they approve rejects it. Nothing follows either way.
CREATE TABLE canaries (
    workspace  BYTEA NOT NULL,
    run        BYTEA NOT NULL,
    tool       TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, run)
);

CREATE VIEW decisions AS
SELECT approvals.workspace, approvals.run, approvals.status, approvals.created_at,
       CAST(CAST(approvals.decided AS JSONB) ->> 'at' AS BIGINT) AS decided_at,
       CAST(approvals.decided AS JSONB) ->> 'by' AS decided_by,
       canaries.run IS NOT NULL AS planted
  FROM approvals
  LEFT JOIN canaries ON canaries.workspace = approvals.workspace AND canaries.run = approvals.run;

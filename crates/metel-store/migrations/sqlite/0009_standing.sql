-- Standing rules: what a person has said yes to once for all, within bounds, and where each was used.

CREATE TABLE standing (
    workspace  BLOB NOT NULL,
    id         BLOB NOT NULL,
    body       TEXT NOT NULL,               -- tool, receivers, amount and end as JSON
    approval   BLOB NOT NULL,
    made_by    TEXT NOT NULL,
    until      INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    used       INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (workspace, id)
);

-- A call uses a rule once, however often it is tried.
CREATE TABLE standing_uses (
    workspace BLOB NOT NULL,
    rule      BLOB NOT NULL,
    run       BLOB NOT NULL,
    step      TEXT NOT NULL,
    digest    BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (workspace, rule, run, step, digest)
);

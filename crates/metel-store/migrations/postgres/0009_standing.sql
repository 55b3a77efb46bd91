-- Standing rules: what a person has said yes to once for all, within bounds, and where each was used.

CREATE TABLE standing (
    workspace  BYTEA NOT NULL,
    id         BYTEA NOT NULL,
    body       TEXT NOT NULL,               -- tool, receivers, amount and end as JSON
    approval   BYTEA NOT NULL,
    made_by    TEXT NOT NULL,
    until      BIGINT NOT NULL,
    uses       BIGINT NOT NULL,
    used       BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (workspace, id)
);

-- A call uses a rule once, however often it is tried.
CREATE TABLE standing_uses (
    workspace BYTEA NOT NULL,
    rule      BYTEA NOT NULL,
    run       BYTEA NOT NULL,
    step      TEXT NOT NULL,
    digest    BYTEA NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (workspace, rule, run, step, digest)
);

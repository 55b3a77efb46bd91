-- The first shape of the store; tables whose rows are rewritten all the time leave room on their pages. Every table leads with the workspace; ids are 16 bytes, digests 32,
-- times microseconds UTC, money micro-credits, JSON text exactly as it was given.

-- A run's header: what lists and the version check need. State is the snapshot and the events after it.
CREATE TABLE runs (
    workspace   BYTEA    NOT NULL,
    id          BYTEA    NOT NULL,
    name        TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    waiting     TEXT,
    version     BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    head        BYTEA    NOT NULL,
    workflow    BYTEA,
    parent_run  BYTEA,
    parent_step TEXT,
    started_by  TEXT    NOT NULL,
    session     BYTEA,
    request     TEXT,
    steps_done  BIGINT NOT NULL,
    steps_total BIGINT NOT NULL,
    cost        BIGINT NOT NULL,
    tokens      BIGINT NOT NULL,
    error       TEXT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
) WITH (fillfactor = 70);
-- Indexes that begin like the primary key carry a condition that always holds and that only the queries
-- meant for them repeat: so that a planner without statistics cannot take them for the primary key.
CREATE INDEX runs_status ON runs (workspace, status, id) WHERE created_at >= 0;
CREATE INDEX runs_parent ON runs (workspace, parent_run, id) WHERE parent_run IS NOT NULL;
CREATE INDEX runs_session ON runs (workspace, session, id) WHERE session IS NOT NULL;
-- People name a run by the end of its id.
CREATE INDEX runs_short ON runs (workspace, substr(id, 14)) WHERE created_at >= 0;

-- The log: rows are only ever appended.
CREATE TABLE events (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace BYTEA    NOT NULL,
    run       BYTEA    NOT NULL,
    seq       BIGINT NOT NULL,
    count     BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    actor     TEXT    NOT NULL,
    command   TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    hash      BYTEA    NOT NULL
);
CREATE UNIQUE INDEX events_run ON events (workspace, run, seq);

-- The newest snapshot of each run; `seq` is the number of the first event after it.
CREATE TABLE snapshots (
    workspace BYTEA    NOT NULL,
    run       BYTEA    NOT NULL,
    seq       BIGINT NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (workspace, run)
);

-- The queue: one row for each active step, rewritten as the run goes on.
CREATE TABLE tasks (
    workspace BYTEA    NOT NULL,
    run       BYTEA    NOT NULL,
    slot      BIGINT NOT NULL,
    step      TEXT    NOT NULL,
    intent    BIGINT NOT NULL,
    due       BIGINT NOT NULL,
    owner     BYTEA,
    priority  BIGINT NOT NULL,
    PRIMARY KEY (workspace, run, slot)
) WITH (fillfactor = 50);
-- What may be claimed, now or later; parked rows stay out of it.
CREATE INDEX tasks_due ON tasks (workspace, priority, due) WHERE owner IS NULL AND due < 9223372036854775807;
CREATE INDEX tasks_owner ON tasks (owner) WHERE owner IS NOT NULL;

CREATE TABLE workers (
    id          BYTEA    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    started     BIGINT NOT NULL,
    alive_until BIGINT NOT NULL,
    -- 1 once its work was given to others; nothing of it is accepted any more.
    fenced      BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE approvals (
    workspace  BYTEA    NOT NULL,
    id         BYTEA    NOT NULL,
    run        BYTEA    NOT NULL,
    status     TEXT    NOT NULL,
    ask        TEXT    NOT NULL,
    decided    TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX approvals_status ON approvals (workspace, status, id) WHERE created_at >= 0;
CREATE INDEX approvals_run ON approvals (workspace, run, id);
CREATE INDEX approvals_expiry ON approvals (expires_at) WHERE status = 'pending';

-- What has to leave: written with the transition that causes it, removed once delivered.
CREATE TABLE outbox (
    workspace BYTEA    NOT NULL,
    id        BYTEA    NOT NULL,
    kind      TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    due       BIGINT NOT NULL,
    attempts  BIGINT NOT NULL DEFAULT 0,
    error     TEXT,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX outbox_due ON outbox (due) WHERE due < 9223372036854775807;

-- Values by content hash; `bytes` is null where the value is a file beside the database.
CREATE TABLE blobs (
    workspace BYTEA    NOT NULL,
    digest    BYTEA    NOT NULL,
    size      BIGINT NOT NULL,
    bytes     BYTEA,
    PRIMARY KEY (workspace, digest)
);

-- A caller's own key for a start: the same key again finds the same run.
CREATE TABLE client_keys (
    workspace BYTEA    NOT NULL,
    key       TEXT    NOT NULL,
    body      BYTEA    NOT NULL,
    run       BYTEA    NOT NULL,
    expires   BIGINT NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE INDEX client_keys_expires ON client_keys (expires);

CREATE TABLE workspaces (
    id         BYTEA    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    title      TEXT    NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    workspace  BYTEA    NOT NULL REFERENCES workspaces (id),
    id         BYTEA    NOT NULL,
    name       TEXT    NOT NULL,
    email      TEXT,
    role       TEXT    NOT NULL,
    password   TEXT,
    active     BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX users_name ON users (workspace, name);

-- Keys of the interface, by digest: the key itself is never stored.
CREATE TABLE tokens (
    workspace  BYTEA    NOT NULL REFERENCES workspaces (id),
    id         BYTEA    NOT NULL,
    hash       BYTEA    NOT NULL UNIQUE,
    owner      BYTEA    NOT NULL,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at    BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (workspace, id)
);

CREATE TABLE connections (
    workspace  BYTEA    NOT NULL REFERENCES workspaces (id),
    id         BYTEA    NOT NULL,
    service    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    secret     BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX connections_name ON connections (workspace, service, name);

-- Sealed bytes only; which key sealed them is named.
CREATE TABLE secrets (
    workspace  BYTEA    NOT NULL,
    id         BYTEA    NOT NULL,
    name       TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BYTEA    NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX secrets_name ON secrets (workspace, name);

-- Keys that seal data, themselves sealed by the master key.
CREATE TABLE data_keys (
    workspace  BYTEA    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BYTEA    NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (workspace, key_id)
);

-- Definitions: a version never changes.
CREATE TABLE workflows (
    workspace  BYTEA    NOT NULL,
    name       TEXT    NOT NULL,
    version    BIGINT NOT NULL,
    digest     BYTEA    NOT NULL,
    front      TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    body       BYTEA    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, name, version)
);
CREATE INDEX workflows_digest ON workflows (workspace, digest);

CREATE TABLE contracts (
    workspace  BYTEA    NOT NULL,
    id         TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    digest     BYTEA    NOT NULL,
    body       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id, version)
);
CREATE INDEX contracts_digest ON contracts (workspace, digest);

CREATE TABLE policies (
    workspace  BYTEA    NOT NULL,
    version    BIGINT NOT NULL,
    digest     BYTEA    NOT NULL,
    body       TEXT    NOT NULL,
    changed_by TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, version)
);

-- Plans that were shown and not yet run.
CREATE TABLE plans (
    workspace  BYTEA    NOT NULL,
    id         BYTEA    NOT NULL,
    made_by    TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX plans_expires ON plans (expires_at);

CREATE TABLE sessions (
    workspace  BYTEA    NOT NULL,
    id         BYTEA    NOT NULL,
    person     TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX sessions_person ON sessions (workspace, person, updated_at);

CREATE TABLE settings (
    workspace  BYTEA    NOT NULL,
    key        TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, key)
);

CREATE TABLE webhooks (
    workspace  BYTEA    NOT NULL,
    id         BYTEA    NOT NULL,
    url        TEXT    NOT NULL,
    kinds      TEXT    NOT NULL,
    secret     BYTEA,
    active     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);

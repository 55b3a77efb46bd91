-- The first shape of the store. Every table leads with the workspace; ids are 16 bytes, digests 32,
-- times microseconds UTC, money micro-credits, JSON text exactly as it was given.

-- A run's header: what lists and the version check need. State is the snapshot and the events after it.
CREATE TABLE runs (
    workspace   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    waiting     TEXT,
    version     INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    head        BLOB    NOT NULL,
    workflow    BLOB,
    parent_run  BLOB,
    parent_step TEXT,
    started_by  TEXT    NOT NULL,
    session     BLOB,
    request     TEXT,
    steps_done  INTEGER NOT NULL,
    steps_total INTEGER NOT NULL,
    cost        INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    error       TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
-- Indexes that begin like the primary key carry a condition that always holds and that only the queries
-- meant for them repeat: so that a planner without statistics cannot take them for the primary key.
CREATE INDEX runs_status ON runs (workspace, status, id) WHERE created_at >= 0;
CREATE INDEX runs_parent ON runs (workspace, parent_run, id) WHERE parent_run IS NOT NULL;
CREATE INDEX runs_session ON runs (workspace, session, id) WHERE session IS NOT NULL;
-- People name a run by the end of its id.
CREATE INDEX runs_short ON runs (workspace, substr(id, 14)) WHERE created_at >= 0;

-- The log: rows are only ever appended.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    workspace BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    command   TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    hash      BLOB    NOT NULL
);
CREATE UNIQUE INDEX events_run ON events (workspace, run, seq);

-- The newest snapshot of each run; `seq` is the number of the first event after it.
CREATE TABLE snapshots (
    workspace BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (workspace, run)
);

-- The queue: one row for each active step, rewritten as the run goes on.
CREATE TABLE tasks (
    workspace BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    slot      INTEGER NOT NULL,
    step      TEXT    NOT NULL,
    intent    INTEGER NOT NULL,
    due       INTEGER NOT NULL,
    owner     BLOB,
    priority  INTEGER NOT NULL,
    PRIMARY KEY (workspace, run, slot)
) WITHOUT ROWID;
-- What may be claimed, now or later; parked rows stay out of it.
CREATE INDEX tasks_due ON tasks (workspace, priority, due) WHERE owner IS NULL AND due < 9223372036854775807;
CREATE INDEX tasks_owner ON tasks (owner) WHERE owner IS NOT NULL;

CREATE TABLE workers (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    started     INTEGER NOT NULL,
    alive_until INTEGER NOT NULL,
    -- 1 once its work was given to others; nothing of it is accepted any more.
    fenced      INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE approvals (
    workspace  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    run        BLOB    NOT NULL,
    status     TEXT    NOT NULL,
    ask        TEXT    NOT NULL,
    decided    TEXT,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX approvals_status ON approvals (workspace, status, id) WHERE created_at >= 0;
CREATE INDEX approvals_run ON approvals (workspace, run, id);
CREATE INDEX approvals_expiry ON approvals (expires_at) WHERE status = 'pending';

-- What has to leave: written with the transition that causes it, removed once delivered.
CREATE TABLE outbox (
    workspace BLOB    NOT NULL,
    id        BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    due       INTEGER NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0,
    error     TEXT,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX outbox_due ON outbox (due) WHERE due < 9223372036854775807;

-- Values by content hash; `bytes` is null where the value is a file beside the database.
CREATE TABLE blobs (
    workspace BLOB    NOT NULL,
    digest    BLOB    NOT NULL,
    size      INTEGER NOT NULL,
    bytes     BLOB,
    PRIMARY KEY (workspace, digest)
);

-- A caller's own key for a start: the same key again finds the same run.
CREATE TABLE client_keys (
    workspace BLOB    NOT NULL,
    key       TEXT    NOT NULL,
    body      BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE INDEX client_keys_expires ON client_keys (expires);

CREATE TABLE workspaces (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    title      TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE users (
    workspace  BLOB    NOT NULL REFERENCES workspaces (id),
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    email      TEXT,
    role       TEXT    NOT NULL,
    password   TEXT,
    active     INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX users_name ON users (workspace, name);

-- Keys of the interface, by digest: the key itself is never stored.
CREATE TABLE tokens (
    workspace  BLOB    NOT NULL REFERENCES workspaces (id),
    id         BLOB    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE,
    owner      BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (workspace, id)
);

CREATE TABLE connections (
    workspace  BLOB    NOT NULL REFERENCES workspaces (id),
    id         BLOB    NOT NULL,
    service    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    secret     BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX connections_name ON connections (workspace, service, name);

-- Sealed bytes only; which key sealed them is named.
CREATE TABLE secrets (
    workspace  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX secrets_name ON secrets (workspace, name);

-- Keys that seal data, themselves sealed by the master key.
CREATE TABLE data_keys (
    workspace  BLOB    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (workspace, key_id)
);

-- Definitions: a version never changes.
CREATE TABLE workflows (
    workspace  BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    digest     BLOB    NOT NULL,
    front      TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    body       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, name, version)
);
CREATE INDEX workflows_digest ON workflows (workspace, digest);

CREATE TABLE contracts (
    workspace  BLOB    NOT NULL,
    id         TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    body       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id, version)
);
CREATE INDEX contracts_digest ON contracts (workspace, digest);

CREATE TABLE policies (
    workspace  BLOB    NOT NULL,
    version    INTEGER NOT NULL,
    digest     BLOB    NOT NULL,
    body       TEXT    NOT NULL,
    changed_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, version)
);

-- Plans that were shown and not yet run.
CREATE TABLE plans (
    workspace  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    made_by    TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX plans_expires ON plans (expires_at);

CREATE TABLE sessions (
    workspace  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    person     TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX sessions_person ON sessions (workspace, person, updated_at);

CREATE TABLE settings (
    workspace  BLOB    NOT NULL,
    key        TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, key)
);

CREATE TABLE webhooks (
    workspace  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    url        TEXT    NOT NULL,
    kinds      TEXT    NOT NULL,
    secret     BLOB,
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);

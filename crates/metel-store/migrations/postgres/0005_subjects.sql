-- Keys by which a person can be forgotten: what they sealed stays, and nobody can read it any more.

-- `sealed` is the key under the master key; zeros once it was destroyed.
CREATE TABLE subject_keys (
    workspace  BYTEA    NOT NULL,
    key_id     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    sealed     BYTEA    NOT NULL,
    created_at BIGINT NOT NULL,
    erased_at  BIGINT,
    erased_by  TEXT,
    PRIMARY KEY (workspace, key_id)
);
-- One key at a time.
CREATE UNIQUE INDEX subject_keys_subject ON subject_keys (workspace, subject) WHERE erased_at IS NULL;

-- Which runs a key seals.
CREATE TABLE subject_runs (
    workspace BYTEA    NOT NULL,
    key_id    TEXT    NOT NULL,
    run       BYTEA    NOT NULL,
    PRIMARY KEY (workspace, key_id, run)
);

-- Large sealed values: a name that tells nothing without the workspace's key, and where the sealed bytes are.
CREATE TABLE sealed_values (
    workspace BYTEA    NOT NULL,
    name      BYTEA    NOT NULL,
    key_id    TEXT    NOT NULL,
    digest    BYTEA    NOT NULL,
    PRIMARY KEY (workspace, name, key_id)
);
CREATE INDEX sealed_values_key ON sealed_values (key_id, workspace);

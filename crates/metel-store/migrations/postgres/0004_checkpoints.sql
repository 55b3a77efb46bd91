-- Signed statements of where every chain stood, and the keys that sign them.

CREATE TABLE checkpoints (
    workspace BYTEA   NOT NULL,
    number    BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,
    previous  BYTEA   NOT NULL,
    leaves    BIGINT  NOT NULL,
    root      BYTEA   NOT NULL,
    chains    BIGINT  NOT NULL,
    events    BIGINT  NOT NULL,
    key       BYTEA   NOT NULL,
    signature BYTEA   NOT NULL,
    PRIMARY KEY (workspace, number)
);

-- Where a chain stood at a checkpoint that names it; `seq` is its last event.
CREATE TABLE checkpoint_leaves (
    workspace BYTEA   NOT NULL,
    run       BYTEA   NOT NULL,
    number    BIGINT  NOT NULL,
    seq       BIGINT  NOT NULL,
    head      BYTEA   NOT NULL,
    PRIMARY KEY (workspace, run, number)
);
CREATE INDEX checkpoint_leaves_number ON checkpoint_leaves (workspace, number, run) WHERE seq >= 0;

-- How far the log was looked through: a transaction, and the last entry within it.
CREATE TABLE checkpoint_cursor (
    one      BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    after    BYTEA  NOT NULL
);
INSERT INTO checkpoint_cursor (one, position, after) VALUES (1, 0, '');

-- `sealed` is the private key, under the data key `key_id`; null once another key signs.
CREATE TABLE notary_keys (
    workspace BYTEA   NOT NULL,
    number    BIGINT  NOT NULL,
    public    BYTEA   NOT NULL,
    at        BIGINT  NOT NULL,
    previous  BYTEA,
    signature BYTEA,
    key_id    TEXT    NOT NULL,
    sealed    BYTEA,
    PRIMARY KEY (workspace, number)
);

-- The transaction that wrote an entry: what all have ended before is final, whatever order they commit in.
-- Entries lie in nearly this order, so that an index of block ranges finds the newest at next to no cost.
ALTER TABLE events ADD COLUMN tx BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX events_tx ON events USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);

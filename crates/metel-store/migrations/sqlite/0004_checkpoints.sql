-- Signed statements of where every chain stood, and the keys that sign them.

CREATE TABLE checkpoints (
    workspace BLOB    NOT NULL,
    number    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    previous  BLOB    NOT NULL,
    leaves    INTEGER NOT NULL,
    root      BLOB    NOT NULL,
    chains    INTEGER NOT NULL,
    events    INTEGER NOT NULL,
    key       BLOB    NOT NULL,
    signature BLOB    NOT NULL,
    PRIMARY KEY (workspace, number)
);

-- Where a chain stood at a checkpoint that names it; `seq` is its last event.
CREATE TABLE checkpoint_leaves (
    workspace BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    number    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    head      BLOB    NOT NULL,
    PRIMARY KEY (workspace, run, number)
) WITHOUT ROWID;
CREATE INDEX checkpoint_leaves_number ON checkpoint_leaves (workspace, number, run) WHERE seq >= 0;

-- How far the log was looked through: the last entry's own number.
CREATE TABLE checkpoint_cursor (
    one      INTEGER NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL,
    after    BLOB    NOT NULL
);
INSERT INTO checkpoint_cursor (one, position, after) VALUES (1, 0, x'');

-- `sealed` is the private key, under the data key `key_id`; null once another key signs.
CREATE TABLE notary_keys (
    workspace BLOB    NOT NULL,
    number    INTEGER NOT NULL,
    public    BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    previous  BLOB,
    signature BLOB,
    key_id    TEXT    NOT NULL,
    sealed    BLOB,
    PRIMARY KEY (workspace, number)
);

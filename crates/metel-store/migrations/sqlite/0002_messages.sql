-- Messages and who waits for them, work that was given up, and a queue that knows what a worker must be able to do.

-- `new` until it was looked at, `kept` while nobody waits for it, `given` while it is on its way, `taken` at last.
CREATE TABLE messages (
    number      INTEGER PRIMARY KEY,
    workspace   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    correlation TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    untrusted   INTEGER NOT NULL,
    sent_by     TEXT    NOT NULL,
    sent_at     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    state       TEXT    NOT NULL
);
CREATE UNIQUE INDEX messages_id ON messages (workspace, id);
CREATE INDEX messages_new ON messages (number) WHERE state = 'new';
CREATE INDEX messages_kept ON messages (workspace, name, correlation, number) WHERE state = 'kept';
CREATE INDEX messages_given ON messages (number) WHERE state = 'given';
CREATE INDEX messages_expires ON messages (expires) WHERE state <> 'given';

-- `new` until what is kept was looked through, `waiting`, `given` once a message is on its way to it.
CREATE TABLE subscriptions (
    number      INTEGER PRIMARY KEY,
    workspace   BLOB    NOT NULL,
    run         BLOB    NOT NULL,
    step        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    correlation TEXT    NOT NULL,
    until       INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    message     BLOB,
    -- When it is given (again); meant for given ones only.
    due         INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX subscriptions_step ON subscriptions (workspace, run, step);
CREATE INDEX subscriptions_new ON subscriptions (number) WHERE state = 'new';
CREATE INDEX subscriptions_waiting ON subscriptions (workspace, name, correlation, number) WHERE state = 'waiting';
CREATE INDEX subscriptions_due ON subscriptions (due) WHERE state = 'given';
CREATE INDEX subscriptions_message ON subscriptions (workspace, message) WHERE message IS NOT NULL;

-- Steps that failed for good: people see them and start them anew.
CREATE TABLE dead (
    workspace BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    step      TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    attempts  INTEGER NOT NULL,
    PRIMARY KEY (workspace, run, step)
);
CREATE INDEX dead_code ON dead (workspace, code, run, step) WHERE at >= 0;

-- `rank` is the priority's negative, so that an index runs one way: smaller ones go first.
DROP INDEX tasks_due;
ALTER TABLE tasks RENAME COLUMN priority TO rank;
UPDATE tasks SET rank = -rank;
-- What a worker must be able to do; empty for anyone.
ALTER TABLE tasks ADD COLUMN needs TEXT NOT NULL DEFAULT '';
-- What may be claimed, now or later; parked rows stay out of it.
CREATE INDEX tasks_due ON tasks (workspace, rank, needs, due) WHERE owner IS NULL AND due < 9223372036854775807;

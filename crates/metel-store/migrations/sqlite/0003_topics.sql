-- Topics: messages in the order of publishing, given to named subscriptions at least once.

CREATE TABLE topics (
    number     INTEGER PRIMARY KEY,
    workspace BLOB NOT NULL,
    name      TEXT NOT NULL,
    -- The place that the next message gets.
    next      INTEGER NOT NULL,
    UNIQUE (workspace, name)
);

CREATE TABLE topic_messages (
    workspace BLOB NOT NULL,
    topic     INTEGER NOT NULL,
    place     INTEGER NOT NULL,
    id        BLOB NOT NULL,
    body      TEXT NOT NULL,
    sent_by   TEXT NOT NULL,
    sent_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace, topic, place)
) WITHOUT ROWID;
CREATE UNIQUE INDEX topic_messages_id ON topic_messages (workspace, topic, id);

CREATE TABLE topic_subscriptions (
    number     INTEGER PRIMARY KEY,
    workspace    BLOB NOT NULL,
    topic        INTEGER NOT NULL,
    name         TEXT NOT NULL,
    -- The first place that nobody of it was given yet.
    next         INTEGER NOT NULL,
    attempts_max INTEGER NOT NULL,
    UNIQUE (workspace, topic, name)
);

-- A row for each stretch of places that was given and not settled: given again when it is due. How often it
-- was given fences those who had it before.
CREATE TABLE topic_leases (
    workspace    BLOB NOT NULL,
    subscription INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    PRIMARY KEY (workspace, subscription, first)
) WITHOUT ROWID;
CREATE INDEX topic_leases_due ON topic_leases (workspace, subscription, due);

-- Given up after the last attempt, until a person has it given again.
CREATE TABLE topic_dead (
    workspace    BLOB NOT NULL,
    subscription INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    error        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (workspace, subscription, place)
) WITHOUT ROWID;

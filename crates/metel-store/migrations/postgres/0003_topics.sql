-- Topics: messages in the order of publishing, given to named subscriptions at least once.

CREATE TABLE topics (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace BYTEA NOT NULL,
    name      TEXT NOT NULL,
    -- The place that the next message gets.
    next      BIGINT NOT NULL,
    UNIQUE (workspace, name)
);

CREATE TABLE topic_messages (
    workspace BYTEA NOT NULL,
    topic     BIGINT NOT NULL,
    place     BIGINT NOT NULL,
    id        BYTEA NOT NULL,
    body      TEXT NOT NULL,
    sent_by   TEXT NOT NULL,
    sent_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace, topic, place)
);
CREATE UNIQUE INDEX topic_messages_id ON topic_messages (workspace, topic, id);

CREATE TABLE topic_subscriptions (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace    BYTEA NOT NULL,
    topic        BIGINT NOT NULL,
    name         TEXT NOT NULL,
    -- The first place that nobody of it was given yet.
    next         BIGINT NOT NULL,
    attempts_max BIGINT NOT NULL,
    UNIQUE (workspace, topic, name)
);

-- A row for each stretch of places that was given and not settled: given again when it is due. How often it
-- was given fences those who had it before.
CREATE TABLE topic_leases (
    workspace    BYTEA NOT NULL,
    subscription BIGINT NOT NULL,
    first        BIGINT NOT NULL,
    last         BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    PRIMARY KEY (workspace, subscription, first)
);
CREATE INDEX topic_leases_due ON topic_leases (workspace, subscription, due);

-- Given up after the last attempt, until a person has it given again.
CREATE TABLE topic_dead (
    workspace    BYTEA NOT NULL,
    subscription BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    error        TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace, subscription, place)
);

-- Money in micro-credits, as double entry: what one account loses another gains, and nothing is ever changed.

CREATE TABLE credit_entries (
    number    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- the order of writing
    workspace BYTEA    NOT NULL,
    transfer  BYTEA    NOT NULL,
    account   TEXT    NOT NULL,               -- source, available, held, spent
    amount    BIGINT NOT NULL,
    kind      TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    at        BIGINT NOT NULL
);
-- A transfer is written once.
CREATE UNIQUE INDEX credit_entries_transfer ON credit_entries (workspace, transfer, account);

-- What a scope (a day, an agent, a run, a key) may cost, holds back and has cost. No cap: it is only counted.
CREATE TABLE budgets (
    workspace BYTEA    NOT NULL,
    scope     TEXT    NOT NULL,
    cap       BIGINT,
    held      BIGINT NOT NULL DEFAULT 0,
    spent     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, scope)
);

-- What is set aside at the moment, for whom, and since when.
CREATE TABLE credit_holds (
    workspace BYTEA    NOT NULL,
    id        BYTEA    NOT NULL,
    scopes    TEXT    NOT NULL,               -- a JSON list
    amount    BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);

-- Each call of a model that was paid for, or whose cost is not known.
CREATE TABLE model_usage (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace  BYTEA    NOT NULL,
    at         BIGINT NOT NULL,
    model      TEXT    NOT NULL,
    purpose    TEXT    NOT NULL,
    calls      BIGINT NOT NULL,
    input      BIGINT NOT NULL,
    output     BIGINT NOT NULL,
    cached     BIGINT NOT NULL,
    reasoning  BIGINT NOT NULL,
    cost       BIGINT,                       -- absent where no price is known
    scopes     TEXT    NOT NULL
);
CREATE INDEX model_usage_at ON model_usage (workspace, at);

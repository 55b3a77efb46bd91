-- Money in micro-credits, as double entry: what one account loses another gains, and nothing is ever changed.

CREATE TABLE credit_entries (
    number    INTEGER NOT NULL PRIMARY KEY,   -- the order of writing
    workspace BLOB    NOT NULL,
    transfer  BLOB    NOT NULL,
    account   TEXT    NOT NULL,               -- source, available, held, spent
    amount    INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    at        INTEGER NOT NULL
);
-- A transfer is written once.
CREATE UNIQUE INDEX credit_entries_transfer ON credit_entries (workspace, transfer, account);

-- What a scope (a day, an agent, a run, a key) may cost, holds back and has cost. No cap: it is only counted.
CREATE TABLE budgets (
    workspace BLOB    NOT NULL,
    scope     TEXT    NOT NULL,
    cap       INTEGER,
    held      INTEGER NOT NULL DEFAULT 0,
    spent     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, scope)
);

-- What is set aside at the moment, for whom, and since when.
CREATE TABLE credit_holds (
    workspace BLOB    NOT NULL,
    id        BLOB    NOT NULL,
    scopes    TEXT    NOT NULL,               -- a JSON list
    amount    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);

-- Each call of a model that was paid for, or whose cost is not known.
CREATE TABLE model_usage (
    number     INTEGER NOT NULL PRIMARY KEY,
    workspace  BLOB    NOT NULL,
    at         INTEGER NOT NULL,
    model      TEXT    NOT NULL,
    purpose    TEXT    NOT NULL,
    calls      INTEGER NOT NULL,
    input      INTEGER NOT NULL,
    output     INTEGER NOT NULL,
    cached     INTEGER NOT NULL,
    reasoning  INTEGER NOT NULL,
    cost       INTEGER,                       -- absent where no price is known
    scopes     TEXT    NOT NULL
);
CREATE INDEX model_usage_at ON model_usage (workspace, at);

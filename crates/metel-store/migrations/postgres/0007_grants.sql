-- Accounts that people granted by OAuth, and the requests for them that are under way.

-- `sealed` holds the tokens and grows a `version` with each set of them; only the holder of the lease writes the next.
CREATE TABLE grants (
    workspace  BYTEA   NOT NULL,
    connection BYTEA   NOT NULL,
    body       TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BYTEA   NOT NULL,
    expires_at BIGINT,
    version    BIGINT NOT NULL,
    holder     TEXT,
    held_until BIGINT,
    trouble    TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, connection)
);

-- `state` is the hash of what the browser carries; `sealed` is what only metel may know.
CREATE TABLE authorizations (
    workspace  BYTEA   NOT NULL,
    id         BYTEA   NOT NULL,
    state      BYTEA   NOT NULL,
    service    TEXT    NOT NULL,
    made_by    TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BYTEA   NOT NULL,
    status     TEXT    NOT NULL,
    outcome    TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX authorizations_state ON authorizations (state);

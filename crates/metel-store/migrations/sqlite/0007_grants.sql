-- Accounts that people granted by OAuth, and the requests for them that are under way.

-- `sealed` holds the tokens and grows a `version` with each set of them; only the holder of the lease writes the next.
CREATE TABLE grants (
    workspace  BLOB    NOT NULL,
    connection BLOB    NOT NULL,
    body       TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    expires_at INTEGER,
    version    INTEGER NOT NULL,
    holder     TEXT,
    held_until INTEGER,
    trouble    TEXT,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, connection)
);

-- `state` is the hash of what the browser carries; `sealed` is what only metel may know.
CREATE TABLE authorizations (
    workspace  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    state      BLOB    NOT NULL,
    service    TEXT    NOT NULL,
    made_by    TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    status     TEXT    NOT NULL,
    outcome    TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX authorizations_state ON authorizations (state);

-- Groups of people that policies name as approvers.

CREATE TABLE groups (
    workspace  BYTEA NOT NULL,
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, name)
);

-- By user, so that a new name of somebody changes nothing.
CREATE TABLE group_members (
    workspace  BYTEA NOT NULL,
    group_name TEXT NOT NULL,
    member     BYTEA NOT NULL,
    PRIMARY KEY (workspace, group_name, member)
);

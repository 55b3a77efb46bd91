-- Groups of people that policies name as approvers.

CREATE TABLE groups (
    workspace  BLOB NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, name)
);

-- By user, so that a new name of somebody changes nothing.
CREATE TABLE group_members (
    workspace  BLOB NOT NULL,
    group_name TEXT NOT NULL,
    member     BLOB NOT NULL,
    PRIMARY KEY (workspace, group_name, member)
);

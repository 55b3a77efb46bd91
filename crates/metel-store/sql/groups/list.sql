-- A row a member; one without a member for an empty group.
SELECT groups.name, groups.created_at, users.name, users.active
  FROM groups
  LEFT JOIN group_members ON group_members.workspace = groups.workspace AND group_members.group_name = groups.name
  LEFT JOIN users ON users.workspace = group_members.workspace AND users.id = group_members.member
 WHERE groups.workspace = $1
 ORDER BY groups.name, users.name

//! Groups of people: who may approve what a policy puts to them. A group's members are kept by user.

use metel_model::id::{UserId, WorkspaceId};
use metel_model::time::Micros;

use crate::error::StoreError;
use crate::sql::{self, call};
use crate::store::Store;
use crate::value::args;

/// A group with its members' names, those of people who are switched off included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    pub name: String,
    pub created_at: Micros,
    /// Name and whether that person is active, in order of names.
    pub members: Vec<(String, bool)>,
}

impl Store {
    /// Makes a group or gives one other members, all of it or nothing.
    pub async fn put_group(
        &self,
        workspace: WorkspaceId,
        name: &str,
        members: &[UserId],
        now: Micros,
    ) -> Result<(), StoreError> {
        let mut calls =
            vec![call(&sql::GROUPS_PUT, args![workspace, name, now]), call(&sql::GROUPS_EMPTY, args![workspace, name])];
        calls.extend(members.iter().map(|member| call(&sql::GROUPS_ADD, args![workspace, name, *member])));
        self.write(calls).await?;
        Ok(())
    }

    /// In order of names.
    pub async fn list_groups(&self, workspace: WorkspaceId) -> Result<Vec<GroupRow>, StoreError> {
        let mut groups: Vec<GroupRow> = Vec::new();
        for mut row in self.rows(&sql::GROUPS_LIST, args![workspace]).await? {
            let (name, created_at): (String, Micros) = (row.next()?, row.next()?);
            if groups.last().is_none_or(|last| last.name != name) {
                groups.push(GroupRow { name, created_at, members: Vec::new() });
            }
            let (member, active): (Option<String>, Option<bool>) = (row.next()?, row.next()?);
            if let (Some(group), Some(member)) = (groups.last_mut(), member) {
                group.members.push((member, active.unwrap_or(false)));
            }
        }
        Ok(groups)
    }

    pub async fn remove_group(&self, workspace: WorkspaceId, name: &str) -> Result<bool, StoreError> {
        let calls =
            vec![call(&sql::GROUPS_EMPTY, args![workspace, name]), call(&sql::GROUPS_REMOVE, args![workspace, name])];
        Ok(self.write(calls).await?.last().is_some_and(|done| done.changed > 0))
    }
}

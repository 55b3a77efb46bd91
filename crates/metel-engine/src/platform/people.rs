//! People and groups of a workspace: who is there, what they may do, and whom policies mean by a group.
//!
//! A change counts from the next decision on. The last owner cannot be taken away.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{UserId, WorkspaceId};
use metel_store::{GroupRow, UserRow};

use super::{Platform, Shared};

/// Most members of a group.
pub const MEMBERS_MAX: usize = 1_000;
/// Longest name of a person or a group.
pub const NAME_CHARS_MAX: usize = 64;

impl Shared {
    /// Groups as decisions see them: active members only.
    pub(super) async fn groups(&self, workspace: WorkspaceId) -> Result<BTreeMap<String, BTreeSet<String>>, Fault> {
        let groups = self.store.list_groups(workspace).await?;
        Ok(groups
            .into_iter()
            .map(|group| {
                let active = group.members.into_iter().filter(|(_, active)| *active);
                (group.name, active.map(|(name, _)| format!("user:{name}")).collect())
            })
            .collect())
    }
}

/// A name that people and policies can write: no spaces at its ends, nothing invisible, none of `:/\\,`.
fn check_name(name: &str) -> Result<(), Fault> {
    let odd = |c: char| {
        c.is_control() || ":/\\,".contains(c) || metel_rules::contract::visible(&c.to_string()) != c.to_string()
    };
    if name.is_empty() || name.trim() != name || name.chars().count() > NAME_CHARS_MAX || name.chars().any(odd) {
        return Err(Fault::new(Code::FieldInvalid)
            .detail(
                format!("a name has 1 to {NAME_CHARS_MAX} characters and none of : / \\ ,"),
                format!("이름은 1~{NAME_CHARS_MAX}자이고 : / \\ , 는 쓸 수 없어요"),
            )
            .at("name"));
    }
    Ok(())
}

impl Platform {
    /// In order of names.
    pub async fn people(&self, workspace: WorkspaceId) -> Result<Vec<UserRow>, Fault> {
        Ok(self.shared.store.users(workspace).await?)
    }

    /// Adds somebody, or gives somebody another role or state.
    pub async fn put_person(
        &self,
        workspace: WorkspaceId,
        name: &str,
        role: &str,
        active: bool,
    ) -> Result<UserRow, Fault> {
        check_name(name)?;
        let store = &self.shared.store;
        let users = store.users(workspace).await?;
        let known = users.iter().find(|user| user.name == name);
        let owns = |user: &&UserRow| user.active && user.role == "owner" && user.name != name;
        if known.is_some_and(|user| user.role == "owner")
            && !(active && role == "owner")
            && !users.iter().any(|u| owns(&u))
        {
            return Err(Fault::new(Code::NotAllowed)
                .detail("a workspace keeps an owner", "워크스페이스에는 소유자가 있어야 해요"));
        }
        let row = UserRow {
            workspace,
            id: known.map_or_else(|| UserId(self.shared.ids.next()), |user| user.id),
            name: name.to_owned(),
            email: known.and_then(|user| user.email.clone()),
            role: role.to_owned(),
            password: known.and_then(|user| user.password.clone()),
            active,
            created_at: known.map_or_else(|| self.shared.clock.now(), |user| user.created_at),
        };
        store.put_user(&row).await?;
        self.engine.facts_changed(workspace);
        Ok(row)
    }

    pub async fn groups(&self, workspace: WorkspaceId) -> Result<Vec<GroupRow>, Fault> {
        Ok(self.shared.store.list_groups(workspace).await?)
    }

    pub async fn group(&self, workspace: WorkspaceId, name: &str) -> Result<GroupRow, Fault> {
        let found = self.groups(workspace).await?.into_iter().find(|group| group.name == name);
        found.ok_or_else(|| Fault::new(Code::NotFound).about(name))
    }

    /// Makes a group, or gives one other members.
    pub async fn put_group(&self, workspace: WorkspaceId, name: &str, members: &[String]) -> Result<GroupRow, Fault> {
        check_name(name)?;
        let users = self.shared.store.users(workspace).await?;
        let mut ids = Vec::with_capacity(members.len());
        for member in members {
            let known = users.iter().find(|user| user.name == *member);
            let user = known.ok_or_else(|| Fault::new(Code::NotFound).about(member).at("members"))?;
            ids.push(user.id);
        }
        self.shared.store.put_group(workspace, name, &ids, self.shared.clock.now()).await?;
        self.engine.facts_changed(workspace);
        self.group(workspace, name).await
    }

    pub async fn remove_group(&self, workspace: WorkspaceId, name: &str) -> Result<(), Fault> {
        if !self.shared.store.remove_group(workspace, name).await? {
            return Err(Fault::new(Code::NotFound).about(name));
        }
        self.engine.facts_changed(workspace);
        Ok(())
    }
}

//! The facts that decisions are made with, read from the store.

use std::sync::Arc;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::facts::Facts;
use metel_model::id::WorkspaceId;

use super::Shared;
use crate::engine::Surroundings;
use crate::library::Definitions;

impl Surroundings for Shared {
    fn definitions(&self, workspace: WorkspaceId) -> Arc<dyn Definitions> {
        self.known.get(workspace, self.registry.snapshot())
    }

    fn facts(&self, workspace: WorkspaceId) -> BoxFuture<'_, Result<Facts, Fault>> {
        Box::pin(async move {
            let accounts = self.accounts(workspace).await?;
            let users = self.store.users(workspace).await?;
            let may_approve = |role: &str| matches!(role, "owner" | "admin" | "approver");
            Ok(Facts {
                policy: self.policy(workspace).await?,
                connections: accounts.facts(self.clock.now()),
                disabled: self.registry.snapshot().disabled().map(str::to_owned).collect(),
                approvers: users.iter().filter(|user| user.active && may_approve(&user.role)).count() as u32,
                groups: self.groups(workspace).await?,
                standing: self.standing(workspace).await?,
                model: self.has_model(workspace).await?,
            })
        })
    }

    fn refresh(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            self.accounts.write().clear();
            for workspace in self.known.workspaces() {
                self.load_names(workspace).await?;
                self.load_tools(workspace).await?;
            }
            Ok(())
        })
    }

    fn keys(&self) -> Option<&dyn crate::keys::Keys> {
        Some(&self.keyring)
    }
}

//! First start: the workspace, its owner, the simulated services, the shipped pipelines.

use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{UserId, WorkspaceId};
use metel_model::policy::{Inside, Policy};
use metel_model::template::Template;
use metel_rules::plan::{Place, practice};
use metel_store::{UserRow, WorkspaceRow};
use serde_json::Value;

use super::{Account, NewConnection, Platform};

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// What a first start found or made.
#[derive(Debug, Clone)]
pub struct Seed {
    pub workspace: WorkspaceId,
    pub owner: UserId,
    /// True when nothing was there before.
    pub first: bool,
}

/// The templates that come with metel.
pub fn templates() -> Result<Vec<Arc<Template>>, Fault> {
    TEMPLATES
        .iter()
        .map(|(name, text)| {
            let template = metel_rules::plan::template::load(text);
            template
                .map(Arc::new)
                .map_err(|fault| Fault::new(Code::TemplateInvalid).detail(fault.message.en, fault.message.ko).at(name))
        })
        .collect()
}

/// The pipelines that come with metel: name and definition.
pub fn pipelines() -> &'static [(&'static str, &'static str)] {
    PIPELINES
}

/// What the simulated services hold at first and requests may name.
pub(super) fn places(service: &str) -> Vec<Place> {
    let of = |place: &Place| place.kind.split('.').next() == Some(service);
    practice::places().into_iter().filter(of).collect()
}

impl Platform {
    /// Finds the default workspace, or makes it with its owner.
    pub async fn seed(&self) -> Result<Seed, Fault> {
        let store = &self.shared.store;
        let now = self.shared.clock.now();
        // Each part is made where it is missing: an earlier first start may have been cut short anywhere.
        let found = store.workspaces().await?.into_iter().next().map(|row| row.id);
        let workspace = found.unwrap_or_else(|| WorkspaceId(self.shared.ids.next()));
        if found.is_none() {
            let (name, title) = ("default".to_owned(), "metel".to_owned());
            store.put_workspace(&WorkspaceRow { id: workspace, name, title, created_at: now }).await?;
        }
        let users = store.users(workspace).await?;
        let mut owner = users.iter().find(|user| user.role == "owner").map(|user| user.id);
        if owner.is_none() && !users.is_empty() {
            return Err(Fault::new(Code::StoreCorrupt).about("the workspace has no owner"));
        }
        let first = owner.is_none();
        let owner = *owner.get_or_insert_with(|| UserId(self.shared.ids.next()));
        if first {
            let user = UserRow {
                workspace,
                id: owner,
                name: "owner".to_owned(),
                email: None,
                role: "owner".to_owned(),
                password: None,
                active: true,
                created_at: now,
            };
            store.put_user(&user).await?;
        }
        if store.policy(workspace).await?.is_none() {
            self.set_policy(workspace, &first_policy(), "system").await?;
        }
        self.load_names(workspace).await?;
        self.load_tools(workspace).await?;
        Ok(Seed { workspace, owner, first })
    }

    /// Connects every service that has a simulator to the one at `base`, unless it is connected for real or a person
    /// granted the account there.
    pub async fn connect_sandbox(&self, workspace: WorkspaceId, base: &str) -> Result<(), Fault> {
        let present = self.connections(workspace).await?;
        let snapshot = self.shared.registry.snapshot();
        for (id, service) in snapshot.services() {
            let Some(path) = &service.sandbox_path else { continue };
            let base_url = format!("{}{path}", base.trim_end_matches('/'));
            let stays = |account: &&Account| {
                let granted = matches!(account.kind, "oauth" | "service_account");
                !account.sandbox || (granted && account.base_url.as_deref() == Some(&base_url))
            };
            if present.iter().filter(|account| account.service == *id).any(|account| stays(&account)) {
                continue;
            }
            let new = NewConnection {
                service: id.clone(),
                base_url: Some(base_url),
                sandbox: true,
                ..NewConnection::default()
            };
            self.connect(workspace, new).await?;
        }
        Ok(())
    }

    /// Stores the shipped pipelines; those already there keep their version.
    pub async fn ship_pipelines(&self, workspace: WorkspaceId) -> Result<(), Fault> {
        for (name, text) in PIPELINES {
            let definition: Value =
                serde_json::from_str(text).map_err(|e| Fault::new(Code::DefinitionInvalid).about(e).at(name))?;
            self.add_workflow(workspace, name, &definition, "pipeline").await?;
        }
        Ok(())
    }
}

/// A new workspace's policy: the practice channel that outsiders read is known as such.
fn first_policy() -> Policy {
    let shared = practice::places().into_iter().filter(|place| place.outside);
    let shared_channels =
        shared.filter_map(|place| Some(place.value.as_str()?.trim_start_matches('#').to_owned())).collect();
    Policy { name: "default".to_owned(), inside: Inside { domains: Vec::new(), shared_channels }, ..Policy::default() }
}

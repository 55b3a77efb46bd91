//! The platform: the engine with everything a workspace has around it — tools, accounts, secrets,
//! policy, planners, models, stored workflows. Faces talk to this and to nothing below it.

mod accounts;
mod books;
mod boot;
mod completions;
mod conversations;
mod credits;
mod definitions;
mod granting;
mod hands;
mod imports;
mod judging;
mod mentions;
mod models;
mod notary;
mod people;
mod planning;
mod policies;
mod proposing;
mod secrets;
mod simulating;
mod standing;
mod subjects;
mod surroundings;
mod tools;
mod vault;
mod workflows;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use metel_llm::{Endpoint, Model};
use metel_model::Fault;
use metel_model::id::{IdSource, WorkspaceId};
use metel_model::template::Template;
use metel_model::time::Clock;
use metel_net::Net;
use metel_store::Store;
use metel_tools::registry::Registry;
use metel_tools::run::Tools;
use metel_tools::vault::Vault;
use parking_lot::RwLock;

use crate::engine::{Engine, Parts};
use crate::keyring::Keyring;
use crate::options::Options;

pub use accounts::{Account, NewConnection};
pub use boot::{Seed, pipelines as shipped_pipelines, templates as shipped_templates};
pub use completions::{Spoken, Style};
pub use credits::Standing;
pub use granting::{Answered, AuthorizationInfo, Begun, Came, NewAuthorization};
pub use imports::{ImportedTool, Imports};
pub use judging::{CallAsk, ToolAsk};
pub use metel_llm::settings::{ModelEntry, ModelSettings};
pub use models::{Asker, Trial};
pub use people::{MEMBERS_MAX, NAME_CHARS_MAX};
pub use planning::{Draft, PlanAsk};
pub use policies::PolicyVersion;
pub use proposing::{Around, Proposal, propose};
pub use secrets::SecretInfo;
pub use simulating::{Change, RUNS_MAX as SIMULATED_RUNS_MAX, Simulated};
pub use subjects::SubjectInfo;
pub use vault::{Rewrapped, Rotated, Rotation, VaultInfo};
pub use workflows::Stored as StoredWorkflow;

/// What a platform is made of.
pub struct PlatformParts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub registry: Arc<Registry>,
    pub net: Net,
    pub vault: Vault,
    /// The model of workspaces that configured none themselves.
    pub house: Option<Endpoint>,
    /// What answers where there is no such model either: rules, or a measurement's own.
    pub stand_in: Arc<dyn Model>,
    /// Where builtin tools keep the files of runs; without it those tools refuse.
    pub files: Option<std::path::PathBuf>,
    pub options: Options,
}

/// Clones share it.
#[derive(Clone)]
pub struct Platform {
    engine: Engine,
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub registry: Arc<Registry>,
    pub tools: Tools,
    pub keyring: Keyring,
    /// What stands in where no model is configured.
    pub model: Arc<dyn Model>,
    pub models: models::Models,
    pub templates: Vec<Arc<Template>>,
    pub known: definitions::Cache,
    pub accounts: RwLock<HashMap<WorkspaceId, Arc<accounts::Accounts>>>,
    pub conversations: conversations::Conversations,
    pub renewals: granting::Renewals,
    /// One rotation of keys at a time.
    pub rotating: tokio::sync::Mutex<()>,
    pub engine: OnceLock<Engine>,
}

impl Platform {
    pub fn new(parts: PlatformParts) -> Result<Self, Fault> {
        let templates = boot::templates()?;
        let books = books::Books::new(parts.store.clone(), parts.clock.clone(), parts.ids.clone());
        let shared = Arc::new(Shared {
            store: parts.store.clone(),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            models: models::Models::new(parts.net.clone(), parts.house, books.clone()),
            tools: Tools::with_clock(parts.net, parts.registry.clone(), parts.clock.clone())
                .with_files(parts.files.as_deref()),
            registry: parts.registry,
            keyring: Keyring::new(parts.store.clone(), parts.vault, parts.clock.clone(), parts.ids.clone()),
            model: parts.stand_in,
            templates,
            known: definitions::Cache::default(),
            accounts: RwLock::default(),
            conversations: conversations::Conversations::default(),
            renewals: granting::Renewals::new(format!("process {}", parts.ids.next().simple()), parts.options.renewal),
            rotating: tokio::sync::Mutex::default(),
            engine: OnceLock::new(),
        });
        let engine = Engine::new(Parts {
            store: parts.store,
            clock: parts.clock,
            ids: parts.ids,
            surroundings: shared.clone(),
            hands: Arc::new(hands::Real(shared.clone())),
            options: parts.options,
        });
        let _ = shared.engine.set(engine.clone());
        books.keep(engine.tasks(), engine.stopping());
        Ok(Self { engine, shared })
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.shared.registry
    }

    pub fn templates(&self) -> &[Arc<Template>] {
        &self.shared.templates
    }

    /// Profiles of the agents that come with metel.
    pub fn agents(&self) -> &'static [metel_model::agent::Agent] {
        metel_llm::agent::shipped()
    }

    /// Name of the house's model, and whether it is a language model rather than rules that stand in for
    /// one. Workspaces may have models of their own: [`Platform::model_settings`].
    pub fn model(&self) -> (&str, bool) {
        match self.shared.models.house() {
            Some(house) => (&house.model, true),
            None => (self.shared.model.name(), self.shared.model.is_ai()),
        }
    }
}

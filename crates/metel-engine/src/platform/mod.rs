//! The platform: the engine with everything a workspace has around it — tools, accounts, secrets,
//! policy, planners, models, stored workflows. Faces talk to this and to nothing below it.

mod accounts;
mod boot;
mod conversations;
mod definitions;
mod hands;
mod mentions;
mod notary;
mod planning;
mod policies;
mod proposing;
mod secrets;
mod subjects;
mod surroundings;
mod tools;
mod workflows;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use metel_llm::Model;
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
pub use planning::{Draft, PlanAsk};
pub use proposing::{Around, Proposal, propose};
pub use secrets::SecretInfo;
pub use subjects::SubjectInfo;
pub use workflows::Stored as StoredWorkflow;

/// What a platform is made of.
pub struct PlatformParts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub registry: Arc<Registry>,
    pub net: Net,
    pub vault: Vault,
    /// The model of planners and agents; rules stand in where none is configured.
    pub model: Arc<dyn Model>,
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
    pub model: Arc<dyn Model>,
    pub templates: Vec<Arc<Template>>,
    pub known: definitions::Cache,
    pub accounts: RwLock<HashMap<WorkspaceId, Arc<accounts::Accounts>>>,
    pub conversations: conversations::Conversations,
    pub engine: OnceLock<Engine>,
}

impl Platform {
    pub fn new(parts: PlatformParts) -> Result<Self, Fault> {
        let templates = boot::templates()?;
        let shared = Arc::new(Shared {
            store: parts.store.clone(),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            tools: Tools::with_clock(parts.net, parts.registry.clone(), parts.clock.clone()),
            registry: parts.registry,
            keyring: Keyring::new(parts.store.clone(), parts.vault, parts.clock.clone(), parts.ids.clone()),
            model: parts.model,
            templates,
            known: definitions::Cache::default(),
            accounts: RwLock::default(),
            conversations: conversations::Conversations::default(),
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

    /// Name of the model, and whether it is a language model rather than rules that stand in for one.
    pub fn model(&self) -> (&str, bool) {
        (self.shared.model.name(), self.shared.model.is_ai())
    }
}

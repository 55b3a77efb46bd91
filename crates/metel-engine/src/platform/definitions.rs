//! What names mean in a workspace: tools of the registry, stored workflows, agents.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_rules::contract::Compiled;
use metel_tools::registry::Snapshot;
use parking_lot::RwLock;

use crate::library::Definitions;

type Names = Arc<HashMap<String, Digest>>;

/// One workspace's names at one time.
pub(crate) struct Known {
    snapshot: Arc<Snapshot>,
    workflows: Names,
}

#[derive(Default)]
pub(crate) struct Cache {
    known: RwLock<HashMap<WorkspaceId, Arc<Known>>>,
    workflows: RwLock<HashMap<WorkspaceId, Names>>,
}

impl Cache {
    pub fn get(&self, workspace: WorkspaceId, snapshot: Arc<Snapshot>) -> Arc<Known> {
        if let Some(known) = self.known.read().get(&workspace)
            && Arc::ptr_eq(&known.snapshot, &snapshot)
        {
            return known.clone();
        }
        let workflows = self.workflows.read().get(&workspace).cloned().unwrap_or_default();
        let known = Arc::new(Known { snapshot, workflows });
        self.known.write().insert(workspace, known.clone());
        known
    }

    /// The workspaces whose names were read.
    pub fn workspaces(&self) -> Vec<WorkspaceId> {
        self.workflows.read().keys().copied().collect()
    }

    pub fn set_workflows(&self, workspace: WorkspaceId, names: HashMap<String, Digest>) {
        self.workflows.write().insert(workspace, Arc::new(names));
        self.known.write().remove(&workspace);
    }
}

impl Definitions for Known {
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.snapshot.get(tool).cloned()
    }

    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.snapshot.by_digest(digest).cloned()
    }

    fn workflow(&self, name: &str) -> Option<Digest> {
        self.workflows.get(name).copied()
    }

    fn agent_step(&self, tool: &str) -> Option<String> {
        metel_rules::plan::catalogue::steps().iter().any(|step| step.id == tool).then(|| WRITER.to_owned())
    }

    fn has_agent(&self, name: &str) -> bool {
        metel_llm::agent::named(name).is_some()
    }
}

/// The agent behind metel's own steps.
pub(crate) const WRITER: &str = "writer";

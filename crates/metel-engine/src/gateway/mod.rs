//! The engine's front: what faces ask of it, as plain calls with plain answers.

mod access;
mod approvals;
mod audit;
mod checkpoints;
mod children;
mod envelopes;
mod export;
mod forks;
mod links;
mod lists;
mod messages;
mod replaying;
mod runs;
mod standing;
pub mod views;

use std::collections::BTreeMap;

use metel_model::hash::Digest;
use metel_rules::graph::{Kind, Program};

use crate::library::Definitions;

pub use access::{Access, NewToken};
pub use audit::{AuditReport, ReplayReport};
pub use checkpoints::CheckpointReport;
pub use forks::{MigrateHow, Migration, Mover, NewFork};
pub use links::{LINK_MS_MAX, Linked, NewLink};
pub use messages::{NewMessage, Published};
pub use runs::{NewRun, Started, request_text};
pub use standing::NewStanding;

/// The contracts and workflows that a program is bound to when a run of it starts.
pub fn pins_of(program: &Program, definitions: &dyn Definitions) -> BTreeMap<String, Digest> {
    let mut pins = BTreeMap::new();
    for tool in program.tools() {
        if let Some(contract) = definitions.current(tool) {
            pins.insert(tool.to_owned(), contract.digest);
        }
    }
    for node in &program.nodes {
        if let Kind::Sub { workflow, .. } = &node.kind
            && let Some(digest) = definitions.workflow(workflow)
        {
            pins.insert(format!("workflow:{workflow}"), digest);
        }
    }
    pins
}

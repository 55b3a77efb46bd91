//! The gate for harnesses outside: one call is judged as an agent's call within metel would be. It
//! writes nothing and calls nothing.

use std::collections::BTreeMap;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::facts::Facts;
use metel_model::id::WorkspaceId;
use metel_model::provenance::Origin;
use metel_rules::asked::{Said, Tool};
use metel_rules::policy::{GateVerdict, Wanted, gate};
use serde_json::Value;

use super::Platform;
use crate::engine::Surroundings;

/// A call to be judged.
#[derive(Debug, Clone)]
pub struct CallAsk {
    pub tool: ToolAsk,
    pub payload: Value,
    pub origins: BTreeMap<String, Origin>,
    pub request: String,
    pub said: Vec<Said>,
    pub agent: Option<String>,
}

/// Which tool it is.
#[derive(Debug, Clone)]
pub enum ToolAsk {
    /// A contract of the workspace.
    Known(String),
    /// One that only the harness knows.
    Given(Tool),
}

impl Platform {
    /// What decisions look at now; read only.
    pub(super) async fn facts_now(&self, workspace: WorkspaceId) -> Result<Facts, Fault> {
        Surroundings::facts(self.shared.as_ref(), workspace).await
    }

    /// Judges a call by the workspace's policy and by who asked for it.
    pub async fn judge_call(&self, workspace: WorkspaceId, by: &str, ask: &CallAsk) -> Result<GateVerdict, Fault> {
        let facts = self.facts_now(workspace).await?;
        let (tool, contract) = match &ask.tool {
            ToolAsk::Given(tool) => (tool.clone(), None),
            ToolAsk::Known(id) => {
                let found = self.shared.registry.get(id).ok_or_else(|| Fault::new(Code::ToolUnknown).about(id))?;
                if facts.disabled.iter().any(|off| off == id) {
                    return Err(Fault::new(Code::ToolDisabled).about(id));
                }
                (Tool::of_contract(&found.contract), Some(found))
            }
        };
        Ok(gate(&Wanted {
            tool: &tool,
            contract: contract.as_deref(),
            payload: &ask.payload,
            origins: &ask.origins,
            request: &ask.request,
            said: &ask.said,
            agent: ask.agent.as_deref(),
            requester: by,
            now: self.shared.clock.now(),
            facts: &facts,
        }))
    }
}

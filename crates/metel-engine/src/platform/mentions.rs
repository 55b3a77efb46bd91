//! What earlier runs of a session made, so that "that page" can be understood.

use metel_model::Fault;
use metel_model::id::{SessionId, WorkspaceId};
use metel_model::plan::Mention;
use metel_model::status::{RunStatus, StepStatus};
use metel_store::RunFilter;

use super::Platform;
use crate::engine::Surroundings;

const RUNS_MAX: u32 = 5;
const MENTIONS_MAX: usize = 24;

impl Platform {
    /// Newest first.
    pub async fn mentions(&self, workspace: WorkspaceId, session: Option<SessionId>) -> Result<Vec<Mention>, Fault> {
        let Some(session) = session else { return Ok(Vec::new()) };
        let filter = RunFilter { session: Some(session), limit: RUNS_MAX, ..RunFilter::default() };
        let definitions = self.shared.definitions(workspace);
        let mut mentions = Vec::new();
        for header in self.shared.store.list_runs(workspace, &filter).await? {
            if header.status != RunStatus::Completed {
                continue;
            }
            let run = self.engine.load(workspace, header.id).await?;
            for action in run.plan.iter().flat_map(|plan| plan.actions.iter().rev()) {
                let Some(step) = run.steps.get(&action.id).filter(|s| s.status == StepStatus::Succeeded) else {
                    continue;
                };
                let contract = run.pins.get(&action.tool).and_then(|digest| definitions.contract(digest));
                let label = ["title", "channel", "database", "spreadsheet"]
                    .iter()
                    .find_map(|field| action.args.get(*field)?.as_str());
                for (key, value) in &step.products {
                    let kind = contract.as_ref().and_then(|c| c.contract.produces.get(key)).map(|p| p.kind.clone());
                    mentions.push(Mention {
                        kind: kind.unwrap_or_else(|| key.clone()),
                        value: value.clone(),
                        tool: action.tool.clone(),
                        label: label.unwrap_or_default().to_owned(),
                    });
                }
            }
        }
        mentions.truncate(MENTIONS_MAX);
        Ok(mentions)
    }
}

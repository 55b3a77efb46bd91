//! Loads a run: its newest snapshot and the events after it.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::run::Run;
use metel_rules::run::{blank, evolve};
use metel_store::Loaded;

use super::Driver;
use crate::engine::Engine;

impl Engine {
    /// A run's state, folded from the store.
    pub async fn load(&self, workspace: WorkspaceId, id: RunId) -> Result<Run, Fault> {
        let loaded = self.0.store.load_run(workspace, id).await?;
        let loaded = loaded.ok_or_else(|| Fault::new(Code::RunNotFound).about(id))?;
        fold(loaded)
    }
}

/// Folds the stored events over the snapshot.
pub(crate) fn fold(loaded: Loaded) -> Result<Run, Fault> {
    let corrupt =
        |what: &dyn std::fmt::Display| Fault::new(Code::StoreCorrupt).about(format!("{}: {what}", loaded.header.id));
    let mut run = match &loaded.snapshot {
        Some(text) => serde_json::from_str::<Run>(text).map_err(|e| corrupt(&e))?,
        None => blank(loaded.header.workspace, loaded.header.id),
    };
    for entry in &loaded.entries {
        for event in entry.events().map_err(|e| corrupt(&e))? {
            evolve(&mut run, &event, entry.at);
        }
        run.head = entry.hash;
    }
    run.version = loaded.header.version;
    run.status = loaded.header.status;
    if run.seq != loaded.header.seq || run.head != loaded.header.head {
        return Err(corrupt(&"the log does not lead to the header"));
    }
    Ok(run)
}

impl Driver {
    pub(super) async fn load(&mut self, command: &Command) -> Result<(), Fault> {
        let run = match command {
            Command::Start { .. } | Command::Fork { .. } => blank(self.workspace, self.id),
            _ => self.engine.load(self.workspace, self.id).await?,
        };
        if let Some(digest) = run.workflow {
            self.engine.program(self.workspace, digest).await?;
        }
        // Only with its workflow at hand: the next try must not find half of it.
        (self.run, self.fresh) = (Some(run), true);
        Ok(())
    }

    /// Reads what a decision asked for. The state may have moved meanwhile and is loaded again.
    pub(super) async fn read(&mut self, digests: &[Digest], command: &Command) -> Result<(), Fault> {
        let workflow = match command {
            Command::Start { started, .. } => started.workflow,
            _ => self.run.as_ref().and_then(|run| run.workflow),
        };
        for digest in digests {
            if Some(*digest) == workflow {
                self.engine.program(self.workspace, *digest).await?;
            } else {
                self.engine.fetch(self.workspace, &[*digest], &mut self.blobs).await?;
            }
        }
        self.run = None;
        Ok(())
    }
}

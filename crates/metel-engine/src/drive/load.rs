//! Loads a run: its newest snapshot and the events after it.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::conversation::Link;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::run::Run;
use metel_rules::run::{blank, evolve};
use metel_store::{Commit, Loaded};

use super::Driver;
use crate::engine::Engine;
use crate::sealing::still_sealed;

impl Engine {
    /// A run's state, folded from the store.
    pub async fn load(&self, workspace: WorkspaceId, id: RunId) -> Result<Run, Fault> {
        let loaded = self.0.store.load_run(workspace, id).await?;
        let mut loaded = loaded.ok_or_else(|| Fault::new(Code::RunNotFound).about(id))?;
        if let Some(text) = loaded.snapshot.take() {
            loaded.snapshot = self.open_snapshot(workspace, id, text).await?;
            if loaded.snapshot.is_none() {
                loaded.entries = self.raw_log(workspace, id).await?;
            }
        }
        self.open_entries(workspace, id, &mut loaded.entries).await?;
        if still_sealed(&loaded.entries) == 0 {
            return fold(loaded);
        }
        // What can still be told of it stands in its header.
        let header = loaded.header.clone();
        let mut run = fold(loaded)?;
        (run.name, run.by) = (header.name, header.by);
        (run.created_at, run.updated_at) = (header.created_at, header.updated_at);
        if let Some(subject) = run.subject.as_mut().filter(|subject| subject.id.is_empty())
            && let Some(key) = self.store().subject_key(workspace, &subject.key).await?
        {
            subject.id = key.subject;
        }
        Ok(run)
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

    /// Makes the key ready that this run's record is sealed with, if it is. Refuses to go on without it.
    pub(super) async fn unseal(&mut self, command: &Command) -> Result<(), Fault> {
        let subject = match command {
            Command::Start { started, .. } => started.subject.as_ref(),
            Command::Fork { forked, .. } => forked.state.subject.as_ref(),
            _ => self.run.as_ref().and_then(|run| run.subject.as_ref()),
        };
        let ready = self.seal.as_ref().map(|seal| seal.key_id.as_str());
        if ready == subject.map(|subject| subject.key.as_str()) {
            return Ok(());
        }
        self.seal = match subject {
            Some(subject) => Some(self.engine.seal_of(self.workspace, subject).await?),
            None => None,
        };
        Ok(())
    }

    /// What a commit of a sealed run needs beside it: its runs are noted, its large values kept sealed.
    pub(super) async fn keep_beside(&self, commit: &mut Commit) -> Result<(), Fault> {
        let Some(seal) = &self.seal else { return Ok(()) };
        if commit.expected.is_none() {
            self.engine.store().add_subject_run(self.workspace, &seal.key_id, commit.run.id).await?;
        }
        let mut values = std::mem::take(&mut commit.blobs);
        for child in &mut commit.children {
            self.engine.store().add_subject_run(self.workspace, &seal.key_id, child.run.id).await?;
            values.append(&mut child.blobs);
        }
        self.engine.keep_sealed(self.workspace, seal, values).await
    }

    /// Reads a stored value; of a conversation's newest link the whole chain with all that it names.
    async fn follow(&mut self, digest: Digest) -> Result<(), Fault> {
        let steps = self.run.iter().flat_map(|run| run.steps.values());
        let mut heads = steps.filter_map(|step| step.conversation.as_deref()?.head);
        let mut chain = heads.find(|head| *head == digest);
        self.engine.fetch(self.workspace, &[digest], &mut self.blobs).await?;
        while let Some(at) = chain {
            let link =
                self.blobs.get(&at).and_then(|value| serde_json::from_value::<Link>(value.as_ref().clone()).ok());
            let Some(link) = link else { return Ok(()) };
            for name in link.names() {
                if !self.blobs.contains_key(&name) {
                    self.engine.fetch(self.workspace, &[name], &mut self.blobs).await?;
                }
            }
            chain = link.prev;
        }
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
                self.follow(*digest).await?;
            }
        }
        self.run = None;
        Ok(())
    }
}

//! The workspace's journal: acts on the workspace itself, in a chain of their own that checkpoints cover like
//! a run's.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;
use metel_store::StoreError;
use serde_json::Value;

use crate::engine::Engine;

/// Times that an act is given another place because somebody else took it.
const ATTEMPTS_MAX: u32 = 16;

/// The id of a workspace's journal among its chains.
pub(crate) fn journal_of(workspace: WorkspaceId) -> RunId {
    RunId(workspace.0)
}

/// The entry that follows `last`.
pub(crate) fn following(
    workspace: WorkspaceId,
    last: Option<&Entry>,
    command: &str,
    actor: &str,
    at: Micros,
    events: &[Value],
) -> Result<Entry, Fault> {
    let body = serde_json::to_string(events).map_err(|e| Fault::new(Code::Internal).about(e))?;
    let (seq, head) = last.map_or((1, Digest::ZERO), |last| (last.seq + u64::from(last.count), last.hash));
    let hash = Entry::chain(&head, workspace, journal_of(workspace), seq, command, actor, at, &body);
    let (actor, command) = (actor.to_owned(), command.to_owned());
    Ok(Entry { seq, count: events.len() as u32, at, actor, command, body, hash })
}

impl Engine {
    /// Writes an act on the workspace down.
    pub(crate) async fn write_down(
        &self,
        workspace: WorkspaceId,
        command: &str,
        actor: &str,
        events: &[Value],
    ) -> Result<(), Fault> {
        for _ in 0..ATTEMPTS_MAX {
            let last = self.store().journal_last(workspace).await?;
            let entry = following(workspace, last.as_ref(), command, actor, self.now(), events)?;
            match self.store().journal_append(workspace, &entry).await {
                Err(StoreError::Conflict(_)) => {}
                done => return done.map_err(Fault::from),
            }
        }
        Err(Fault::new(Code::Overloaded).about("the journal").retry_after_ms(500))
    }
}

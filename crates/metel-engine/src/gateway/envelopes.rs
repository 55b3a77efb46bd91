//! Envelopes: what one approval of a run's plan would cover, shown before it is given.

use std::collections::HashMap;

use metel_model::Fault;
use metel_model::approval::Channel;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::envelope::Envelope;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_rules::run::{Env, Proposed, propose};

use crate::engine::Engine;
use crate::library::Shelf;

impl Engine {
    /// The envelope that would cover what is known of a run's plan, and the steps that would ask all the same.
    pub async fn proposed_envelope(&self, workspace: WorkspaceId, id: RunId) -> Result<Proposed, Fault> {
        let run = self.load(workspace, id).await?;
        if run.status.is_final() {
            return Err(Fault::new(Code::RunFinal).about(id));
        }
        if let Some(digest) = run.workflow {
            self.program(workspace, digest).await?;
        }
        let facts = self.facts(workspace).await?;
        let definitions = self.definitions(workspace);
        let blobs = HashMap::new();
        let shelf = Shelf { programs: &self.0.programs, definitions: definitions.as_ref(), blobs: &blobs };
        let env = Env { library: &shelf, facts: &facts.facts, facts_digest: facts.digest };
        propose(&run, &env, self.now())
            .ok_or_else(|| Fault::new(Code::NotFound).about("nothing that an envelope could cover"))
    }

    /// Takes a person's approval of a plan as a whole.
    pub async fn seal(
        &self,
        workspace: WorkspaceId,
        envelope: Envelope,
        digest: Digest,
        by: &str,
        channel: Channel,
    ) -> Result<(), Fault> {
        let run = envelope.run;
        let command = Command::Seal { envelope: Box::new(envelope), digest, by: by.to_owned(), channel };
        self.command(workspace, run, command, by).await.map(drop)
    }
}

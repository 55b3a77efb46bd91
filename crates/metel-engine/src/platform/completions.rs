//! OpenAI's interface over a workspace's models: a body comes in as bytes, an answer goes out as bytes.

use bytes::Bytes;
use metel_llm::ModelFailure;
use metel_llm::face::{self, Peek};
use metel_model::code::Code;
use metel_model::id::WorkspaceId;
use metel_model::{Fault, Lang};

use super::Platform;
use super::models::Asker;

pub use metel_llm::face::{Spoken, error_body};

/// What went wrong, for whoever asked over OpenAI's interface.
fn told(failure: ModelFailure) -> Fault {
    let mut fault = *failure.fault;
    // A body that the provider calls wrong is the asker's.
    if matches!(failure.status, Some(400 | 413 | 422)) {
        fault.code = Code::FieldInvalid;
    }
    fault.retry_after_ms = fault.retry_after_ms.or(failure.retry_after_ms);
    fault
}

impl Platform {
    /// Answers a Chat Completions body.
    pub async fn complete(
        &self,
        workspace: WorkspaceId,
        body: &[u8],
        asker: &Asker,
        lang: Lang,
    ) -> Result<Spoken, Fault> {
        let peek = Peek::of(body)?;
        let door = self.door(workspace, &peek.model, asker).await?;
        let id = format!("chatcmpl-{}", self.shared.ids.next().simple());
        let created = self.shared.clock.now().0 / 1_000_000;
        face::complete(&door, &peek, id, created, lang).await.map_err(told)
    }

    /// Answers an Embeddings body.
    pub async fn embed(&self, workspace: WorkspaceId, body: &[u8], asker: &Asker) -> Result<Bytes, Fault> {
        let peek = Peek::of(body)?;
        let door = self.door(workspace, &peek.model, asker).await?;
        face::embed(&door, &peek).await.map_err(told)
    }
}

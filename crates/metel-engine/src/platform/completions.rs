//! OpenAI's and Anthropic's interfaces over a workspace's models: a body comes in as bytes, an answer goes out as bytes.

use bytes::Bytes;
use metel_llm::ModelFailure;
use metel_llm::face::{self, Peek, Told};
use metel_model::code::Code;
use metel_model::id::WorkspaceId;
use metel_model::{Fault, Lang};

use super::Platform;
use super::models::Asker;

pub use metel_llm::face::{Spoken, Style};

/// What went wrong, for whoever asked over one of these interfaces.
fn failed(failure: ModelFailure) -> Fault {
    let mut fault = *failure.fault;
    // A body that the provider calls wrong is the asker's.
    if matches!(failure.status, Some(400 | 413 | 422)) {
        fault.code = Code::FieldInvalid;
    }
    fault.retry_after_ms = fault.retry_after_ms.or(failure.retry_after_ms);
    fault
}

impl Platform {
    /// Answers a Chat Completions or a Messages body.
    pub async fn complete(
        &self,
        workspace: WorkspaceId,
        style: Style,
        body: &[u8],
        asker: &Asker,
        lang: Lang,
    ) -> Result<Spoken, Fault> {
        let peek = Peek::of(body)?;
        let door = self.door(workspace, &peek.model, asker).await?;
        let prefix = match style {
            Style::Chat => "chatcmpl-",
            Style::Messages => "msg_",
        };
        let id = format!("{prefix}{}", self.shared.ids.next().simple());
        let told = Told { style, id, created: self.shared.clock.now().0 / 1_000_000, lang };
        face::complete(&door, &peek, &told).await.map_err(failed)
    }

    /// How many tokens of input a Messages body is thought to have. Nothing is asked and nothing is spent.
    pub async fn count(&self, workspace: WorkspaceId, body: &[u8], asker: &Asker) -> Result<u64, Fault> {
        let peek = Peek::of(body)?;
        self.door(workspace, &peek.model, asker).await?;
        face::count_input(body)
    }

    /// Answers an Embeddings body.
    pub async fn embed(&self, workspace: WorkspaceId, body: &[u8], asker: &Asker) -> Result<Bytes, Fault> {
        let peek = Peek::of(body)?;
        let door = self.door(workspace, &peek.model, asker).await?;
        face::embed(&door, &peek).await.map_err(failed)
    }
}

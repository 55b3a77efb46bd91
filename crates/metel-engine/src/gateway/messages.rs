//! Messages from outside any run: published once under their id, kept until somebody takes them.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{MessageId, WorkspaceId};
use metel_model::message::{KEPT_MS, Message};
use metel_model::stored::{INLINE_BYTES_MAX, Stored};
use metel_store::crash::{Point, reach};
use serde_json::Value;

use crate::engine::Engine;

/// A message to publish. Times in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct NewMessage {
    /// The publisher's own: publishing it again changes nothing.
    pub id: Option<MessageId>,
    pub name: String,
    pub correlation: String,
    pub payload: Value,
    /// How long it is kept for somebody to wait for it; a day when absent.
    pub ttl_ms: Option<u64>,
    /// `user:…`, `webhook:…`.
    pub by: String,
    /// The payload counts as written by outsiders.
    pub untrusted: bool,
}

/// A message that was published, or had been under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    pub id: MessageId,
    pub known: bool,
}

impl Engine {
    /// Publishes; answers once the message is durable.
    pub async fn publish(&self, workspace: WorkspaceId, new: NewMessage) -> Result<Published, Fault> {
        let now = self.now();
        let text = new.payload.to_string();
        let body = if text.len() > INLINE_BYTES_MAX || new.payload.get("$blob").is_some() {
            let bytes = text.len() as u64;
            Stored::Blob { digest: self.store().put_blob(workspace, text).await?, bytes }
        } else {
            Stored::inline(new.payload)
        };
        let id = new.id.unwrap_or_else(|| MessageId(self.ids().next()));
        let message = Message {
            id,
            name: new.name,
            correlation: new.correlation,
            body: body.clone(),
            untrusted: new.untrusted,
            by: new.by,
            at: now,
            expires: now.plus_millis(new.ttl_ms.unwrap_or(KEPT_MS)),
        };
        if self.store().publish(workspace, &message).await? {
            reach(Point::MessagePublished);
            return Ok(Published { id, known: false });
        }
        // The same again is an answer that got lost; another one under its id is a mistake.
        let before = self.store().message(workspace, id).await?.map(|row| row.message);
        match before {
            Some(before)
                if before.name == message.name
                    && before.correlation == message.correlation
                    && before.body == message.body =>
            {
                Ok(Published { id, known: true })
            }
            _ => Err(Fault::new(Code::KeyReused)
                .detail("another message has this id", "이 id의 다른 메시지가 있어요")
                .at("id")),
        }
    }
}

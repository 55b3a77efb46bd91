//! The protocols that the gateway answers in.

use bytes::Bytes;
use metel_model::{Fault, Lang};
use serde_json::Value;

use super::answer::{Chunks, Envelope};
use super::messages::{self, Blocks};
use super::{error, request};
use crate::model::{Call, Event, Reply};

/// How the asker speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// OpenAI's Chat Completions.
    Chat,
    /// Anthropic's Messages.
    Messages,
}

impl Style {
    /// Status and body of a refusal or failure.
    pub fn error_body(self, fault: &Fault, lang: Lang) -> (u16, Value) {
        match self {
            Self::Chat => error::error_body(fault, lang),
            Self::Messages => messages::error_body(fault, lang),
        }
    }

    /// A failure under way, as the last event of a stream.
    pub(super) fn broken(self, fault: &Fault, lang: Lang) -> Bytes {
        self.frame(&self.error_body(fault, lang).1)
    }

    pub(super) fn read(self, bytes: &[u8]) -> Result<Call, Fault> {
        match self {
            Self::Chat => request::read(bytes),
            Self::Messages => messages::read(bytes),
        }
    }

    pub(super) fn whole(self, envelope: &Envelope, reply: &Reply) -> Value {
        match self {
            Self::Chat => envelope.whole(reply),
            Self::Messages => messages::whole(envelope, reply),
        }
    }

    pub(super) fn writing(self, envelope: Envelope, wants_usage: bool) -> Writing {
        match self {
            Self::Chat => Writing::Chat { chunks: Chunks::new(envelope), wants_usage },
            Self::Messages => Writing::Messages(Blocks::new(envelope)),
        }
    }

    fn frame(self, value: &Value) -> Bytes {
        match self {
            Self::Chat => format!("data: {value}\n\n").into(),
            Self::Messages => {
                let name = value.get("type").and_then(Value::as_str).unwrap_or("error");
                format!("event: {name}\ndata: {value}\n\n").into()
            }
        }
    }
}

/// An answer as it is being written.
#[derive(Debug)]
pub(super) enum Writing {
    Chat { chunks: Chunks, wants_usage: bool },
    Messages(Blocks),
}

impl Writing {
    pub(super) fn event(&mut self, event: &Event) -> Vec<Bytes> {
        match self {
            Self::Chat { chunks, .. } => framed(Style::Chat, &chunks.event(event)),
            Self::Messages(blocks) => framed(Style::Messages, &blocks.event(event)),
        }
    }

    /// The last events of a whole answer.
    pub(super) fn end(self, reply: &Reply) -> Vec<Bytes> {
        match self {
            Self::Chat { chunks, wants_usage } => {
                let mut frames = framed(Style::Chat, &chunks.end(reply, wants_usage));
                frames.push(Bytes::from_static(b"data: [DONE]\n\n"));
                frames
            }
            Self::Messages(blocks) => framed(Style::Messages, &blocks.end(reply)),
        }
    }
}

fn framed(style: Style, values: &[Value]) -> Vec<Bytes> {
    values.iter().map(|value| style.frame(value)).collect()
}

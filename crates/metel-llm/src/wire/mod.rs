//! The wires: one folder a protocol, each with what is sent (`request`) and what comes back (`answer`).
//! A reader turns what comes into [`Event`]s and knows nothing of sockets; whole answers and streams
//! give the same events.

mod anthropic;
pub(crate) mod failure;
mod gemini;
#[cfg(test)]
mod golden;
pub(crate) mod learnt;
mod names;
mod openai_chat;
mod openai_responses;
mod retry_after;
pub(crate) mod strict;
pub(crate) mod words;

use serde_json::Value;

use crate::endpoint::{Endpoint, Protocol};
use crate::model::{Call, Event, ModelFailure};
use crate::sse::SseEvent;

pub use learnt::{Learnt, Standing};
pub(crate) use names::Names;

/// A request as it goes out, under the endpoint's base address.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub path: String,
    pub body: String,
}

/// Writes a call in the endpoint's protocol.
pub(crate) fn write(endpoint: &Endpoint, call: &Call, stream: bool) -> Result<Sent, ModelFailure> {
    match endpoint.protocol {
        Protocol::OpenAiChat(dialect) => openai_chat::request::write(&endpoint.model, dialect, call, stream),
        Protocol::OpenAiResponses => openai_responses::request::write(&endpoint.model, call, stream),
        Protocol::AnthropicMessages => anthropic::request::write(&endpoint.model, call, stream),
        Protocol::Gemini => gemini::request::write(&endpoint.model, call, stream),
    }
}

/// Reads one answer, whole or event by event.
#[derive(Debug)]
pub(crate) enum Reader {
    OpenAiChat(openai_chat::answer::Reader),
    OpenAiResponses(openai_responses::answer::Reader),
    Anthropic(anthropic::answer::Reader),
    Gemini(gemini::answer::Reader),
}

impl Reader {
    pub(crate) fn of(endpoint: &Endpoint, call: &Call) -> Self {
        match endpoint.protocol {
            Protocol::OpenAiChat(_) => Self::OpenAiChat(openai_chat::answer::Reader::default()),
            Protocol::OpenAiResponses => Self::OpenAiResponses(openai_responses::answer::Reader::default()),
            Protocol::AnthropicMessages => Self::Anthropic(anthropic::answer::Reader::new(call)),
            Protocol::Gemini => Self::Gemini(gemini::answer::Reader::default()),
        }
    }

    /// A whole answer's body.
    pub(crate) fn whole(
        &mut self,
        endpoint: &Endpoint,
        body: &Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ModelFailure> {
        if let Some((words, code)) = failure::error_of(endpoint, body) {
            return Err(failure::of_words(&words, &code, false));
        }
        match self {
            Self::OpenAiChat(reader) => reader.whole(body, out),
            Self::OpenAiResponses(reader) => reader.whole(endpoint, body, out),
            Self::Anthropic(reader) => reader.whole(body, out),
            Self::Gemini(reader) => reader.chunk(body, out),
        }
    }

    /// One event of a stream. False once the stream has said that nothing follows.
    pub(crate) fn event(
        &mut self,
        endpoint: &Endpoint,
        event: &SseEvent,
        out: &mut Vec<Event>,
    ) -> Result<bool, ModelFailure> {
        if event.data.trim() == "[DONE]" {
            if let Self::OpenAiChat(reader) = self {
                reader.done(out);
            }
            return Ok(false);
        }
        if event.data.trim().is_empty() {
            return Ok(true);
        }
        let body: Value = serde_json::from_str(&event.data).map_err(|error| {
            ModelFailure::bad_answer(
                format!("an event of the stream is not JSON: {error}"),
                format!("스트림 이벤트가 올바른 JSON이 아니에요: {error}"),
            )
            .ambiguous()
        })?;
        // Said after the answer began, so the server meant to answer: worth another try.
        if let Some((words, code)) = failure::error_of(endpoint, &body) {
            return Err(failure::of_words(&words, &code, true));
        }
        match self {
            Self::OpenAiChat(reader) => reader.chunk(&body, out),
            Self::OpenAiResponses(reader) => return reader.event(endpoint, &body, out),
            Self::Anthropic(reader) => return reader.event(&body, out),
            Self::Gemini(reader) => reader.chunk(&body, out),
        }
        .map(|()| true)
    }
}

/// A text member, cut to a length that a name may have.
fn name_of(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().chars().take(200).collect()
}

fn text_of<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn count(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(Value::as_u64)
}

/// An index of a list as the events carry it; what is out of range counts as the first.
fn index_of(value: &Value, member: &str) -> u32 {
    value.get(member).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

fn no_content() -> ModelFailure {
    ModelFailure::bad_answer("the answer holds no content", "답에 내용이 없어요").ambiguous()
}

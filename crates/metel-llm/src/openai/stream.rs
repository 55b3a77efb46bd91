//! An answer read as server-sent events. A stream that ends without saying why it ended is broken,
//! however much text came before.

use futures::StreamExt;
use metel_net::Streamed;
use serde_json::Value;
use sse_stream::{Error as SseError, SseStream};

use super::answer::{Draft, ambiguous, text_of};
use super::failure::{Head, error_of, of_net};
use crate::endpoint::Endpoint;
use crate::model::{ModelFailure, Sink};

pub(super) async fn read(
    endpoint: &Endpoint,
    head: &Head,
    streamed: Streamed,
    sink: &Sink,
) -> Result<Draft, ModelFailure> {
    if !head.is_event_stream() {
        let kind = endpoint.clean(&head.content_type);
        return Err(ambiguous(ModelFailure::bad_answer(
            format!("the answer is `{kind}`, not a stream of events"),
            format!("답이 이벤트 스트림이 아니라 `{kind}`이에요"),
        )));
    }
    let mut events = Box::pin(SseStream::from_bytes_stream(Box::pin(streamed.into_stream())));
    let mut draft = Draft::default();
    let mut is_done = false;
    while let Some(event) = events.next().await {
        let event = event.map_err(broken)?;
        let Some(data) = event.data else { continue };
        if data.trim() == "[DONE]" {
            is_done = true;
            break;
        }
        take(endpoint, &mut draft, &data, sink)?;
    }
    if !is_done && draft.finish.is_empty() {
        return Err(cut());
    }
    Ok(draft)
}

fn take(endpoint: &Endpoint, draft: &mut Draft, data: &str, sink: &Sink) -> Result<(), ModelFailure> {
    let chunk: Value = serde_json::from_str(data).map_err(|error| {
        ambiguous(ModelFailure::bad_answer(
            format!("an event of the stream is not JSON: {error}"),
            format!("스트림 이벤트가 올바른 JSON이 아니에요: {error}"),
        ))
    })?;
    if let Some((words, _)) = error_of(endpoint, &chunk) {
        // Said after the answer began, so the server meant to answer: worth another try.
        return Err(ModelFailure { is_transient: true, ..ambiguous(ModelFailure::refused(words)) });
    }
    if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
        draft.usage = usage.clone();
    }
    if draft.model.is_empty() {
        draft.model = text_of(&chunk, "model");
    }
    if let Some(choice) = chunk.pointer("/choices/0") {
        let before = draft.text.len();
        draft.take(choice.get("delta").unwrap_or(&Value::Null))?;
        if draft.text.len() > before {
            sink(&draft.text[before..]);
        }
        let finish = text_of(choice, "finish_reason");
        if !finish.is_empty() {
            draft.finish = finish;
        }
    }
    Ok(())
}

fn cut() -> ModelFailure {
    ambiguous(ModelFailure::bad_answer("the stream broke off before its end", "스트림이 끝나기 전에 끊겼어요"))
}

fn broken(error: SseError) -> ModelFailure {
    match error {
        SseError::Body(error) => match error.downcast::<metel_net::NetFailure>() {
            Ok(failure) => ambiguous(of_net(*failure)),
            Err(_) => cut(),
        },
        SseError::Utf8Parse(_) => {
            ambiguous(ModelFailure::bad_answer("the stream is not UTF-8", "스트림이 UTF-8이 아니에요"))
        }
        _ => ambiguous(ModelFailure::bad_answer(
            "the stream is not made of events",
            "스트림이 이벤트로 되어 있지 않아요",
        )),
    }
}

//! An answer read whole, and what is common to both ways once the text is there.

use metel_model::effect::{Certainty, Usage};
use serde_json::Value;

use super::failure::{Head, error_of};
use super::strict;
use crate::endpoint::{Dialect, Endpoint};
use crate::json_text;
use crate::model::{AnswerSchema, Finish, ModelFailure, Reply, TEXT_BYTES_MAX};

/// What was read before it is judged.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub text: String,
    pub refusal: String,
    pub finish: String,
    pub has_tool_calls: bool,
    pub model: String,
    pub usage: Value,
}

impl Draft {
    /// Takes over the members of a message or a delta.
    pub fn take(&mut self, part: &Value) -> Result<(), ModelFailure> {
        if let Some(text) = part.get("content").and_then(Value::as_str) {
            self.text.push_str(text);
        }
        if let Some(refusal) = part.get("refusal").and_then(Value::as_str) {
            self.refusal.push_str(refusal);
        }
        self.has_tool_calls |= part.get("tool_calls").and_then(Value::as_array).is_some_and(|calls| !calls.is_empty());
        if self.text.len() > TEXT_BYTES_MAX || self.refusal.len() > TEXT_BYTES_MAX {
            return Err(ambiguous(ModelFailure::bad_answer(
                format!("the answer is longer than {TEXT_BYTES_MAX} bytes"),
                format!("답이 {TEXT_BYTES_MAX}바이트보다 길어요"),
            ))
            .lasting());
        }
        Ok(())
    }
}

pub(super) fn ambiguous(failure: ModelFailure) -> ModelFailure {
    ModelFailure { certainty: Certainty::Ambiguous, ..failure }
}

/// Reads a `chat.completion` object.
pub(super) fn whole(endpoint: &Endpoint, head: &Head, body: &[u8]) -> Result<Draft, ModelFailure> {
    if !head.is_json() {
        let kind = endpoint.clean(&head.content_type);
        return Err(ambiguous(ModelFailure::bad_answer(
            format!("the answer is `{kind}`, not JSON"),
            format!("답이 JSON이 아니라 `{kind}`이에요"),
        )));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        ambiguous(ModelFailure::bad_answer(
            format!("the answer is not JSON: {error}"),
            format!("답이 올바른 JSON이 아니에요: {error}"),
        ))
    })?;
    if let Some((words, _)) = error_of(endpoint, &value) {
        return Err(ModelFailure::refused(words));
    }
    let Some(choice) = value.pointer("/choices/0") else {
        return Err(ambiguous(ModelFailure::bad_answer("the answer holds no choice", "답에 내용이 없어요")));
    };
    let mut draft = Draft { usage: value.get("usage").cloned().unwrap_or_default(), ..Draft::default() };
    draft.take(choice.get("message").unwrap_or(&Value::Null))?;
    draft.finish = text_of(choice, "finish_reason");
    draft.model = text_of(&value, "model");
    Ok(draft)
}

pub(super) fn text_of(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().chars().take(200).collect()
}

/// Judges a complete draft.
pub(super) fn finish(
    endpoint: &Endpoint,
    dialect: Dialect,
    schema: Option<&AnswerSchema>,
    draft: Draft,
) -> Result<Reply, ModelFailure> {
    let usage = usage(endpoint, &draft);
    if !draft.refusal.is_empty() || draft.finish == "content_filter" {
        let words = if draft.refusal.is_empty() { "content filter" } else { &draft.refusal };
        return Err(ModelFailure::refused(endpoint.clean(words)).used(usage));
    }
    if draft.has_tool_calls {
        return Err(ModelFailure::bad_answer(
            "the model called a tool where words were asked",
            "글을 요청했는데 모델이 도구를 불렀어요",
        )
        .used(usage));
    }
    let finish = match draft.finish.as_str() {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        _ => Finish::Other,
    };
    if draft.text.trim().is_empty() {
        return Err(ModelFailure::bad_answer("the answer is empty", "답이 비어 있어요").used(usage));
    }
    let value = schema.and_then(|schema| {
        let mut value = json_text::read(&draft.text)?;
        if dialect == Dialect::OpenAi {
            strict::drop_nulls(&mut value, &schema.schema);
        }
        Some(value)
    });
    Ok(Reply { text: draft.text, value, usage, finish })
}

/// Tokens as the server says; the cost only where a price is known and tokens were told.
fn usage(endpoint: &Endpoint, draft: &Draft) -> Usage {
    let count = |pointer: &str| draft.usage.pointer(pointer).and_then(Value::as_u64);
    let model = if draft.model.is_empty() { endpoint.model.clone() } else { endpoint.clean(&draft.model) };
    let (input, output) = (count("/prompt_tokens"), count("/completion_tokens"));
    let mut usage = Usage {
        model,
        input_tokens: input.unwrap_or_default(),
        output_tokens: output.unwrap_or_default(),
        cached_tokens: count("/prompt_tokens_details/cached_tokens").unwrap_or_default(),
        cost: None,
    };
    if input.is_some() && output.is_some() {
        usage.cost = endpoint.price.and_then(|price| price.cost(&usage));
    }
    usage
}

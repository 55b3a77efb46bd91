//! Tokens before a provider counted them: for turns and reservations, never for bills.

use crate::model::{Call, Part};

/// An image, as most providers count a middling one.
const IMAGE_TOKENS: u64 = 1_000;
/// What each message costs beside its text.
const MESSAGE_TOKENS: u64 = 4;

/// Input tokens of a call, somewhat above what tokenizers find in English and Korean.
pub(crate) fn tokens_of(call: &Call) -> u64 {
    let mut tokens = tokens_of_text(&call.system);
    for message in &call.messages {
        tokens += MESSAGE_TOKENS;
        for part in &message.parts {
            tokens += match part {
                Part::Text(text) => tokens_of_text(text),
                Part::Image(_) => IMAGE_TOKENS,
                Part::Call(call) => tokens_of_bytes(call.arguments.to_string().len()),
                Part::Result(result) => tokens_of_text(&result.text),
            };
        }
    }
    for tool in &call.tools {
        tokens += tokens_of_bytes(tool.schema.to_string().len() + tool.description.len());
    }
    let schema = call.schema.as_ref().map_or(0, |schema| schema.schema.to_string().len());
    tokens + tokens_of_bytes(schema)
}

/// A third of a token for a byte of Latin text; most Korean syllables have three bytes and about one token.
pub fn tokens_of_bytes(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(3)
}

fn tokens_of_text(text: &str) -> u64 {
    tokens_of_bytes(text.len())
}

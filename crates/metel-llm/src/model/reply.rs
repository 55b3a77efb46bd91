//! A whole answer.

use metel_model::effect::Usage;
use serde_json::Value;

use super::message::ToolCall;

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub text: String,
    /// The text read as JSON, where a schema was given and the text is JSON. It has not been held
    /// against the schema: [`crate::locked::value`] does that.
    pub value: Option<Value>,
    /// Calls of tools, each of them whole.
    pub calls: Vec<ToolCall>,
    /// The model's words on why it does not answer.
    pub refusal: Option<String>,
    pub usage: Usage,
    pub finish: Finish,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    Stop,
    /// It ran into `max_tokens`.
    Length,
    /// It waits for what tools answer.
    ToolCalls,
    /// It refused, or a filter did.
    Filter,
    Other,
}

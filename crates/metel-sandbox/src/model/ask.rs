//! A model request without its protocol: what was said, which tools and form are wanted.

use serde_json::Value;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Openai,
    Anthropic,
    Gemini,
}

/// A tool that the model may call.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub name: String,
    pub schema: Value,
}

/// Whether a tool must be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Auto,
    None,
    Any,
    Named(String),
}

/// A request to any of the protocols.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub provider: Provider,
    pub model: String,
    /// Text of every message, system included, in order.
    pub texts: Vec<String>,
    /// Text of the last user message.
    pub user: String,
    /// Text of the tool results after the last user message, if any.
    pub tool_result: Option<String>,
    pub tools: Vec<Tool>,
    pub choice: Choice,
    /// JSON Schema that the answer must fit.
    pub schema: Option<Value>,
    /// Whether any JSON object is wanted.
    pub wants_json: bool,
    pub stream: bool,
    pub max_tokens: Option<u64>,
}

impl Ask {
    /// Whether any message contains `text`.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.texts.iter().any(|message| message.contains(text))
    }
}

/// The text of a message's content: a string, or the text parts of a list.
pub(super) fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<String> = parts
                .iter()
                .filter_map(|part| match part.get("text").and_then(Value::as_str) {
                    Some(text) => Some(text.to_owned()),
                    None => part.get("content").map(content_text),
                })
                .filter(|text| !text.is_empty())
                .collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

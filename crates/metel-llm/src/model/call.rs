//! One question to a model, the same for every provider.

use serde_json::Value;

use super::message::Message;

/// One question to a model.
#[derive(Debug, Clone)]
pub struct Call {
    pub system: String,
    /// System prompt and tools come again in later calls: providers that take marks may keep them.
    pub is_system_cached: bool,
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    /// Whether several tools may be called in one answer.
    pub is_parallel: bool,
    /// The shape that the answer must have; free text without it.
    pub schema: Option<AnswerSchema>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    /// Texts before which the answer ends; at most four.
    pub stop: Vec<String>,
    pub seed: Option<u64>,
    pub effort: Option<Effort>,
    pub max_tokens: u32,
    /// From the connection to the last byte, once it is the call's turn.
    pub timeout_ms: u64,
    /// The same question as data, for models that are rules and for records.
    pub about: About,
}

impl Call {
    pub fn new(system: impl Into<String>, user: impl Into<String>) -> Self {
        Self::of(system, vec![Message::user(user)])
    }

    pub fn of(system: impl Into<String>, messages: Vec<Message>) -> Self {
        Self {
            system: system.into(),
            is_system_cached: false,
            messages,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            is_parallel: true,
            schema: None,
            temperature: Some(0.0),
            top_p: None,
            stop: Vec::new(),
            seed: None,
            effort: None,
            max_tokens: 1_024,
            timeout_ms: 120_000,
            about: About::Text,
        }
    }

    #[must_use]
    pub fn schema(mut self, name: &str, schema: Value) -> Self {
        self.schema = Some(AnswerSchema { name: name.to_owned(), schema });
        self
    }

    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    #[must_use]
    pub fn max_tokens(mut self, max_tokens: u32) -> Self {
        self.max_tokens = max_tokens;
        self
    }

    #[must_use]
    pub fn tools(mut self, tools: Vec<Tool>, choice: ToolChoice) -> Self {
        self.tools = tools;
        self.tool_choice = choice;
        self
    }
}

/// A tool that the model may call. Names that a provider does not take are spelled otherwise on the
/// wire and come back as they are here.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// JSON Schema (2020-12) of the arguments, an object.
    pub schema: Value,
    /// Arguments are made to fit the schema by the provider, where it can.
    pub is_strict: bool,
}

/// Whether a tool must be called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ToolChoice {
    #[default]
    Auto,
    None,
    Required,
    One(String),
}

/// How hard a reasoning model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Low,
    Medium,
    High,
}

impl Effort {
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A JSON Schema (2020-12) under a name that servers accept: letters, digits, `_`, `-`, at most 64.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerSchema {
    pub name: String,
    pub schema: Value,
}

/// What a call is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum About {
    #[default]
    Text,
    Plan,
    Author,
    Agent {
        agent: String,
        task: String,
        input: Value,
    },
    Compose,
    Judge,
}

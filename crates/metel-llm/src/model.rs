//! What every model is to the rest of metel: a call goes in, a reply or a typed failure comes out.
//! Nothing here retries; whoever keeps the run decides that durably.

use std::sync::Arc;

use futures::future::BoxFuture;
use metel_model::effect::{Certainty, Usage};
use metel_model::{Code, Fault};
use serde_json::Value;

/// Longest text that is taken from a model, in bytes.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// Receives text as it comes. What it was given may still turn out to be cut short.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Anything that answers calls.
pub trait Model: Send + Sync {
    /// Answers one call. With a sink the text is also handed over as it comes.
    fn chat(&self, call: Call, sink: Option<Sink>) -> BoxFuture<'_, Result<Reply, ModelFailure>>;

    /// What people and records call it.
    fn name(&self) -> &str;

    /// True for a language model. Rules that stand in for one say false, and answers say so.
    fn is_ai(&self) -> bool {
        true
    }
}

/// One question to a model.
#[derive(Debug, Clone)]
pub struct Call {
    pub system: String,
    pub messages: Vec<Message>,
    /// The shape that the answer must have; free text without it.
    pub schema: Option<AnswerSchema>,
    pub temperature: Option<f64>,
    pub seed: Option<u64>,
    pub max_tokens: u32,
    /// From the connection to the last byte.
    pub timeout_ms: u64,
    /// The same question as data, for models that are rules and for records.
    pub about: About,
}

impl Call {
    pub fn new(system: impl Into<String>, user: impl Into<String>) -> Self {
        Self {
            system: system.into(),
            messages: vec![Message::user(user)],
            schema: None,
            temperature: Some(0.0),
            seed: None,
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
}

/// A JSON Schema (2020-12) under a name that servers accept: letters, digits, `_`, `-`, at most 64.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerSchema {
    pub name: String,
    pub schema: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

impl Message {
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
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

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub text: String,
    /// The text read as JSON, where a schema was given and the text is JSON. It has not been held
    /// against the schema: [`crate::locked::value`] does that.
    pub value: Option<Value>,
    pub usage: Usage,
    pub finish: Finish,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    Stop,
    /// It ran into `max_tokens`.
    Length,
    Other,
}

/// A call without a usable answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{fault}")]
pub struct ModelFailure {
    pub fault: Box<Fault>,
    /// Whether the provider may have done (and charged for) the work all the same.
    pub certainty: Certainty,
    /// True when the same call may well succeed later.
    pub is_transient: bool,
    pub retry_after_ms: Option<u64>,
    /// What was used up, where the provider said so.
    pub usage: Option<Usage>,
}

impl ModelFailure {
    pub fn new(fault: Fault, is_transient: bool) -> Self {
        Self { fault: Box::new(fault), certainty: Certainty::Certain, is_transient, retry_after_ms: None, usage: None }
    }

    /// The provider said no: trying again changes nothing.
    pub fn refused(why: impl std::fmt::Display) -> Self {
        Self::new(Fault::new(Code::ModelRefused).about(why), false)
    }

    /// There was an answer, and it cannot be used.
    pub fn bad_answer(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self::new(Fault::new(Code::ModelBadAnswer).detail(en, ko), true)
    }

    #[must_use]
    pub fn lasting(mut self) -> Self {
        self.is_transient = false;
        self
    }

    #[must_use]
    pub fn used(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }
}

/// Adds what two calls used. The cost is unknown as soon as one part is.
pub fn add_usage(total: Option<Usage>, more: &Usage) -> Usage {
    match total {
        None => more.clone(),
        Some(total) => Usage {
            model: more.model.clone(),
            input_tokens: total.input_tokens.saturating_add(more.input_tokens),
            output_tokens: total.output_tokens.saturating_add(more.output_tokens),
            cached_tokens: total.cached_tokens.saturating_add(more.cached_tokens),
            cost: total.cost.zip(more.cost).and_then(|(a, b)| a.checked_add(b)),
        },
    }
}

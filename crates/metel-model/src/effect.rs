//! Effects: what a worker does in the world for a step, and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::Fault;
use crate::hash::Digest;
use crate::id::RunId;
use crate::stored::Stored;
use crate::time::Micros;

/// What kind of work an intention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A call by contract.
    Tool,
    /// The read that tells whether a call already happened.
    Reconcile,
    /// An agent works on a task: a model call.
    Agent,
    /// A plan is made for a request.
    Plan,
    /// A model words what is left open in a payload.
    Author,
    /// The answer is worded.
    Compose,
}

impl EffectKind {
    /// Doing it again harms nobody: only tools reach the outside.
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Self::Tool)
    }
}

/// One piece of work, ready to be done: everything that a worker needs besides credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    pub run: RunId,
    pub step: String,
    /// Number of this intention within its step; an outcome must name it.
    pub intent: u32,
    pub kind: EffectKind,
    /// Contract id for `Tool` and `Reconcile`, agent for `Agent`.
    pub target: String,
    /// The pinned contract.
    pub contract: Option<Digest>,
    pub payload: Stored,
    /// The newest link of an agent's conversation.
    pub head: Option<Digest>,
    /// The idempotency key that every attempt of this group carries.
    pub key: String,
    pub attempt: u32,
    pub timeout_ms: u64,
    /// When the first attempt of the group was intended.
    pub since: Micros,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's body, or the result of a model or planner.
    #[serde(default, skip_serializing_if = "is_null")]
    pub output: Stored,
    /// Set when there was no usable answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Whether the receiver may have acted although there was no good answer.
    #[serde(default, skip_serializing_if = "Certainty::is_certain")]
    pub certainty: Certainty,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    pub ms: u64,
}

fn is_null(stored: &Stored) -> bool {
    stored.value().is_some_and(Value::is_null)
}

impl Outcome {
    pub fn answer(output: Value, ms: u64) -> Self {
        Self {
            status: None,
            output: Stored::inline(output),
            fault: None,
            certainty: Certainty::Certain,
            retry_after_ms: None,
            usage: None,
            ms,
        }
    }

    pub fn fault(fault: Fault, certainty: Certainty, ms: u64) -> Self {
        Self { fault: Some(fault), certainty, ..Self::answer(Value::Null, ms) }
    }
}

/// Whether it is known what the receiver did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The answer tells, or nothing was sent.
    #[default]
    Certain,
    /// It may have acted: the answer was lost or says nothing.
    Ambiguous,
}

impl Certainty {
    fn is_certain(&self) -> bool {
        *self == Self::Certain
    }
}

/// What a model call used. Tokens as the provider counts them; cost in micro-credits, absent when unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    pub model: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    /// Input that the provider put into its cache; part of the input.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_written_tokens: u64,
    /// Thoughts; part of the output.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

//! The door to language models, and the proposers that stand behind it.
//!
//! A proposer asks a model and hands back data: a plan, words for a field, an agent's answer, a
//! judgement. Nothing here carries anything out, retries, or keeps state; every answer is held to a
//! schema and to what exists before anyone else sees it. Without a model, [`Simulated`] answers for
//! agents by rules and says so.

pub mod agent;
pub mod author;
mod client;
pub mod composer;
pub mod conversation;
mod endpoint;
pub mod face;
pub mod gateway;
mod gather;
mod json_text;
pub mod judge;
pub mod lane;
pub mod locked;
mod model;
pub mod planner;
pub mod prices;
pub mod prompt;
pub mod settings;
mod simulated;
mod sse;
mod wire;

pub use client::Client;
pub use endpoint::{Dialect, Endpoint, Price, Protocol};
pub use model::{
    About, AnswerSchema, Call, Effort, Event, Finish, Image, Message, Model, ModelFailure, Part, Reply, Role, Sink,
    TEXT_BYTES_MAX, Tokens, Tool, ToolCall, ToolChoice, ToolResult, Watch, add_usage,
};
pub use simulated::Simulated;
pub use wire::{Learnt, Standing};

//! Scripted model servers in three protocols: OpenAI Chat Completions and Responses, and
//! Anthropic Messages; plus embeddings. A test may queue exact replies, also hostile ones; without
//! a script a small rule-based "simulated model" answers, the same way every time.
//! Sources: <https://platform.openai.com/docs/api-reference>, <https://docs.anthropic.com/en/api>.

mod ask;
mod chat_answer;
mod embeddings;
mod instance;
mod messages;
mod messages_answer;
mod openai_chat;
mod openai_gate;
mod play;
mod responses;
mod responses_answer;
mod script;
mod simulated;
mod stream;
mod tokens;

use axum::Router;
use axum::routing::{get, post};

use crate::app::Sandbox;
pub(crate) use messages::error as anthropic_error;
pub(crate) use openai_gate::error as openai_error;
pub(crate) use script::{Reply, Scripts};

pub(crate) fn openai_routes() -> Router<Sandbox> {
    Router::new()
        .route("/v1/chat/completions", post(openai_chat::complete))
        .route("/v1/responses", post(responses::respond))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/v1/models", get(openai_gate::models))
        .route("/v1/models/{id}", get(openai_gate::model))
}

pub(crate) fn anthropic_routes() -> Router<Sandbox> {
    Router::new()
        .route("/v1/messages", post(messages::create))
        .route("/v1/messages/count_tokens", post(messages::count))
}

/// Names a call by its path after `/openai/` or `/anthropic/`.
pub(crate) fn operation(rest: &[&str]) -> &'static str {
    match rest {
        ["v1", "chat", "completions"] => "chat",
        ["v1", "responses"] => "responses",
        ["v1", "embeddings"] => "embeddings",
        ["v1", "models", ..] => "models",
        ["v1", "messages"] => "messages",
        ["v1", "messages", "count_tokens"] => "count_tokens",
        _ => "unknown",
    }
}

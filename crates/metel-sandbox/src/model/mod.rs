//! Scripted model servers in four protocols: OpenAI Chat Completions and Responses, Anthropic
//! Messages, Google Gemini; plus embeddings. A test may queue exact replies, also hostile ones; without
//! a script a small rule-based "simulated model" answers, the same way every time.
//! Sources: <https://platform.openai.com/docs/api-reference>, <https://docs.anthropic.com/en/api>.

mod ask;
mod chat_answer;
mod embeddings;
mod gemini;
mod gemini_answer;
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
pub(crate) use gemini::error as gemini_error;
pub(crate) use messages::error as anthropic_error;
pub(crate) use openai_gate::error as openai_error;
pub(crate) use openai_gate::{Admitted, bad_parameter};
pub(crate) use script::{Reply, Scripts};

pub(crate) fn openai_routes() -> Router<Sandbox> {
    Router::new()
        .route("/v1/chat/completions", post(openai_chat::complete))
        .route("/v1/responses", post(responses::respond))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/v1/audio/speech", post(crate::media::openai::speech))
        .route("/v1/images/generations", post(crate::media::openai::image))
        .route("/v1/models", get(openai_gate::models))
        .route("/v1/models/{id}", get(openai_gate::model))
}

pub(crate) fn anthropic_routes() -> Router<Sandbox> {
    Router::new()
        .route("/v1/messages", post(messages::create))
        .route("/v1/messages/count_tokens", post(messages::count))
}

pub(crate) fn gemini_routes() -> Router<Sandbox> {
    Router::new().route("/v1beta/models/{call}", post(gemini::generate))
}

/// Names a call by its path after `/openai/`, `/anthropic/` or `/gemini/`.
pub(crate) fn operation(rest: &[&str]) -> &'static str {
    match rest {
        ["v1", "chat", "completions"] => "chat",
        ["v1", "responses"] => "responses",
        ["v1", "embeddings"] => "embeddings",
        ["v1", "audio", "speech"] => "create_speech",
        ["v1", "images", "generations"] => "create_image",
        ["v1", "models", ..] => "models",
        ["v1beta", "models", ..] => "generate",
        ["v1", "messages"] => "messages",
        ["v1", "messages", "count_tokens"] => "count_tokens",
        _ => "unknown",
    }
}

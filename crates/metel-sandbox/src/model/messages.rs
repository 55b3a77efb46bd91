//! Anthropic's `POST /v1/messages` and `/v1/messages/count_tokens`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::ask::{Ask, Choice, Provider, content_text};
use super::messages_answer::{events, whole};
use super::play::{Played, play};
use super::simulated::tool;
use super::stream;
use super::tokens::estimate;
use crate::app::Sandbox;
use crate::bearer::{bearer, find_token};

fn refuse(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": "req_sandbox",
    });
    (status, [("request-id", "req_sandbox")], Json(body)).into_response()
}

/// Anthropic's error body for a status.
pub(crate) fn error(status: StatusCode) -> Response {
    let (kind, message) = match status.as_u16() {
        401 => ("authentication_error", "invalid x-api-key"),
        403 => ("permission_error", "Your API key does not have permission to use the specified resource."),
        404 => ("not_found_error", "The requested resource could not be found."),
        413 => ("request_too_large", "Request exceeds the maximum allowed number of bytes."),
        429 => ("rate_limit_error", "This request would exceed your organization's rate limit."),
        529 => ("overloaded_error", "Overloaded"),
        500..=599 => ("api_error", "Internal server error"),
        _ => ("invalid_request_error", "The request is invalid."),
    };
    refuse(status, kind, message)
}

/// The body and the request in it, or Anthropic's refusal.
fn enter(sandbox: &Sandbox, headers: &HeaderMap, bytes: &[u8], counting: bool) -> Result<(Value, Ask), Box<Response>> {
    let key = headers.get("x-api-key").and_then(|value| value.to_str().ok()).or_else(|| bearer(headers));
    if key.and_then(|key| find_token(sandbox, "anthropic", key)).is_none() {
        return Err(Box::new(error(StatusCode::UNAUTHORIZED)));
    }
    let bad = |message: &str| Box::new(refuse(StatusCode::BAD_REQUEST, "invalid_request_error", message));
    if headers.get("anthropic-version").is_none() {
        return Err(bad("anthropic-version: header is required"));
    }
    let body = crate::intake::object(bytes).ok_or_else(|| bad("The request body is not valid JSON"))?;
    let ask = read(&body, counting).map_err(|message| bad(&message))?;
    if ask.model.starts_with("missing") {
        let message = format!("model: {}", ask.model);
        return Err(Box::new(refuse(StatusCode::NOT_FOUND, "not_found_error", &message)));
    }
    Ok((body, ask))
}

pub(super) async fn create(State(sandbox): State<Sandbox>, headers: HeaderMap, bytes: Bytes) -> Response {
    let ask = match enter(&sandbox, &headers, &bytes, false) {
        Ok((_, ask)) => ask,
        Err(refusal) => return *refusal,
    };
    let (said, extra) = match play(&sandbox, &ask).await {
        Played::Words(said, extra) => (said, extra),
        Played::Whole(response) => return response,
    };
    if ask.stream {
        stream::respond(events(&ask, &said), said.pace, extra)
    } else {
        stream::whole(&whole(&ask, &said), said.pace, extra)
    }
}

pub(super) async fn count(State(sandbox): State<Sandbox>, headers: HeaderMap, bytes: Bytes) -> Response {
    match enter(&sandbox, &headers, &bytes, true) {
        Ok((_, ask)) => {
            let tokens: u64 = ask.texts.iter().map(|text| estimate(text) + 3).sum();
            Json(json!({"input_tokens": tokens})).into_response()
        }
        Err(refusal) => *refusal,
    }
}

fn read(body: &Value, counting: bool) -> Result<Ask, String> {
    let model = body.get("model").and_then(Value::as_str).ok_or("model: Field required")?;
    let max_tokens = body.get("max_tokens").and_then(Value::as_u64);
    if max_tokens.is_none() && !counting {
        return Err("max_tokens: Field required".to_owned());
    }
    let messages = body.get("messages").and_then(Value::as_array).ok_or("messages: Field required")?;
    if messages.is_empty() {
        return Err("messages: at least one message is required".to_owned());
    }
    let mut texts: Vec<String> = body.get("system").map(content_text).into_iter().collect();
    let mut user = String::new();
    let mut tool_result = None;
    for (nth, message) in messages.iter().enumerate() {
        let content = message.get("content").unwrap_or(&Value::Null);
        let text = content_text(content);
        match message.get("role").and_then(Value::as_str) {
            Some("user") => {
                let is_result = content
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|part| part.get("type").and_then(Value::as_str) == Some("tool_result"));
                if is_result {
                    tool_result = Some(text.clone());
                } else {
                    user.clone_from(&text);
                    tool_result = None;
                }
            }
            Some("assistant") => {}
            _ => {
                return Err(format!("messages.{nth}.role: Input should be 'user' or 'assistant'"));
            }
        }
        texts.push(text);
    }
    let tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    let tools = tools.filter_map(|entry| tool(entry.get("name")?, entry.get("input_schema"))).collect();
    let choice = match body.pointer("/tool_choice/type").and_then(Value::as_str) {
        Some("none") => Choice::None,
        Some("any") => Choice::Any,
        Some("tool") => body
            .pointer("/tool_choice/name")
            .and_then(Value::as_str)
            .map_or(Choice::Any, |name| Choice::Named(name.to_owned())),
        _ => Choice::Auto,
    };
    let schema =
        body.pointer("/output_config/format/schema").or_else(|| body.pointer("/output_format/schema")).cloned();
    Ok(Ask {
        provider: Provider::Anthropic,
        model: model.to_owned(),
        texts,
        user,
        tool_result,
        tools,
        choice,
        schema,
        wants_json: false,
        stream: body.get("stream") == Some(&Value::Bool(true)),
        max_tokens,
    })
}

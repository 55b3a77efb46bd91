//! `POST /v1/chat/completions`.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::ask::{Ask, Choice, Provider, content_text};
use super::chat_answer::{events, whole};
use super::openai_gate::{Admitted, bad_parameter, body};
use super::play::{Played, play};
use super::simulated::tool;
use super::stream;
use crate::app::Sandbox;

pub(super) async fn complete(State(sandbox): State<Sandbox>, _admitted: Admitted, bytes: Bytes) -> Response {
    let (body, model) = match body(&bytes) {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    let ask = match read(&body, model) {
        Ok(ask) => ask,
        Err(refusal) => return *refusal,
    };
    let (said, headers) = match play(&sandbox, &ask).await {
        Played::Words(said, headers) => (said, headers),
        Played::Whole(response) => return response,
    };
    let created = sandbox.now() / 1_000_000;
    if ask.stream {
        let with_usage = body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true));
        let events = events(&ask, &said, created, with_usage);
        stream::respond(events, said.pace, headers)
    } else {
        stream::whole(&whole(&ask, &said, created), said.pace, headers)
    }
}

fn read(body: &Value, model: String) -> Result<Ask, Box<Response>> {
    let messages = body.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty());
    let Some(messages) = messages else {
        return Err(Box::new(bad_parameter("messages", "Missing required parameter: 'messages'.")));
    };
    let mut texts = Vec::new();
    let mut user = String::new();
    let mut tool_result = None;
    for (nth, message) in messages.iter().enumerate() {
        let text = content_text(message.get("content").unwrap_or(&Value::Null));
        match message.get("role").and_then(Value::as_str) {
            Some("user") => {
                user.clone_from(&text);
                tool_result = None;
            }
            Some("tool" | "function") => tool_result = Some(text.clone()),
            Some("system" | "developer" | "assistant") => {}
            _ => {
                let param = format!("messages[{nth}].role");
                return Err(Box::new(bad_parameter(
                    &param,
                    "Invalid value for 'role'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
                )));
            }
        }
        texts.push(text);
    }
    let tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    let tools = tools
        .filter_map(|entry| tool(entry.pointer("/function/name")?, entry.pointer("/function/parameters")))
        .collect();
    let choice = match body.get("tool_choice") {
        Some(Value::String(word)) if word == "none" => Choice::None,
        Some(Value::String(word)) if word == "required" => Choice::Any,
        Some(Value::Object(fields)) => fields
            .get("function")
            .and_then(|function| function.get("name"))
            .and_then(Value::as_str)
            .map_or(Choice::Auto, |name| Choice::Named(name.to_owned())),
        _ => Choice::Auto,
    };
    let form = body.pointer("/response_format/type").and_then(Value::as_str);
    let limit = body.get("max_completion_tokens").or_else(|| body.get("max_tokens"));
    Ok(Ask {
        provider: Provider::Openai,
        model,
        texts,
        user,
        tool_result,
        tools,
        choice,
        schema: body.pointer("/response_format/json_schema/schema").cloned(),
        wants_json: form == Some("json_object"),
        stream: body.get("stream") == Some(&Value::Bool(true)),
        max_tokens: limit.and_then(Value::as_u64),
    })
}

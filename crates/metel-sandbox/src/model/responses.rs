//! `POST /v1/responses`.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::ask::{Ask, Choice, Provider, content_text};
use super::openai_gate::{Admitted, bad_parameter, body};
use super::play::{Played, play};
use super::responses_answer::{events, whole};
use super::simulated::tool;
use super::stream;
use crate::app::Sandbox;

pub(super) async fn respond(State(sandbox): State<Sandbox>, _admitted: Admitted, bytes: Bytes) -> Response {
    let (body, model) = match body(&bytes) {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    let Some(ask) = read(&body, model) else {
        return bad_parameter("input", "Missing required parameter: 'input'.");
    };
    let (said, headers) = match play(&sandbox, &ask).await {
        Played::Words(said, headers) => (said, headers),
        Played::Whole(response) => return response,
    };
    let created = sandbox.now() / 1_000_000;
    if ask.stream {
        stream::respond(events(&ask, &said, created, &body), said.pace, headers)
    } else {
        stream::whole(&whole(&ask, &said, created, &body), said.pace, headers)
    }
}

fn read(body: &Value, model: String) -> Option<Ask> {
    let mut texts: Vec<String> =
        body.get("instructions").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    let mut user = String::new();
    let mut tool_result = None;
    match body.get("input")? {
        Value::String(text) => {
            user.clone_from(text);
            texts.push(text.clone());
        }
        Value::Array(items) => {
            for item in items {
                if item.get("type").and_then(Value::as_str) == Some("function_call_output") {
                    let text = content_text(item.get("output").unwrap_or(&Value::Null));
                    texts.push(text.clone());
                    tool_result = Some(text);
                    continue;
                }
                let text = content_text(item.get("content").unwrap_or(&Value::Null));
                if item.get("role").and_then(Value::as_str) == Some("user") {
                    user.clone_from(&text);
                    tool_result = None;
                }
                texts.push(text);
            }
        }
        _ => return None,
    }
    let tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    let tools = tools.filter_map(|entry| tool(entry.get("name")?, entry.get("parameters"))).collect();
    let choice = match body.get("tool_choice") {
        Some(Value::String(word)) if word == "none" => Choice::None,
        Some(Value::String(word)) if word == "required" => Choice::Any,
        Some(Value::Object(fields)) => {
            fields.get("name").and_then(Value::as_str).map_or(Choice::Auto, |name| Choice::Named(name.to_owned()))
        }
        _ => Choice::Auto,
    };
    let form = body.pointer("/text/format/type").and_then(Value::as_str);
    Some(Ask {
        provider: Provider::Openai,
        model,
        texts,
        user,
        tool_result,
        tools,
        choice,
        schema: body.pointer("/text/format/schema").cloned(),
        wants_json: form == Some("json_object"),
        stream: body.get("stream") == Some(&Value::Bool(true)),
        max_tokens: body.get("max_output_tokens").and_then(Value::as_u64),
    })
}

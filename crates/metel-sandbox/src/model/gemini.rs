//! Google Gemini's `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent?alt=sse`.
//! <https://ai.google.dev/api/generate-content>

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::ask::{Ask, Choice, Provider, content_text};
use super::gemini_answer::{events, whole};
use super::play::{Played, play};
use super::simulated::tool;
use super::stream;
use crate::app::Sandbox;
use crate::bearer::find_token;

fn refuse(status: StatusCode, name: &str, message: &str) -> Response {
    let body = json!({"error": {"code": status.as_u16(), "message": message, "status": name}});
    (status, Json(body)).into_response()
}

/// Google's error body for a status.
pub(crate) fn error(status: StatusCode) -> Response {
    let (name, message) = match status.as_u16() {
        400 => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
        401 => ("UNAUTHENTICATED", "API key not valid. Please pass a valid API key."),
        403 => ("PERMISSION_DENIED", "Method doesn't allow unregistered callers."),
        404 => ("NOT_FOUND", "The model is not found for API version v1beta."),
        429 => {
            let details = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}]);
            let body = json!({"error": {"code": 429, "message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED", "details": details}});
            return (status, Json(body)).into_response();
        }
        503 => ("UNAVAILABLE", "The model is overloaded. Please try again later."),
        _ => ("INTERNAL", "An internal error has occurred."),
    };
    refuse(status, name, message)
}

pub(super) async fn generate(
    State(sandbox): State<Sandbox>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let key = headers.get("x-goog-api-key").and_then(|value| value.to_str().ok());
    if key.and_then(|key| find_token(&sandbox, "gemini", key)).is_none() {
        return error(StatusCode::UNAUTHORIZED);
    }
    let (model, act) = call.split_once(':').unwrap_or((&call, ""));
    let stream = match act {
        "generateContent" => false,
        "streamGenerateContent" if query.is_some_and(|query| query.split('&').any(|part| part == "alt=sse")) => true,
        _ => return error(StatusCode::NOT_FOUND),
    };
    if model.starts_with("missing") {
        return error(StatusCode::NOT_FOUND);
    }
    let Some(body) = crate::intake::object(&bytes) else { return error(StatusCode::BAD_REQUEST) };
    let ask = match read(&body, model, stream) {
        Ok(ask) => ask,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message),
    };
    let (said, extra) = match play(&sandbox, &ask).await {
        Played::Words(said, extra) => (said, extra),
        Played::Whole(response) => return response,
    };
    match stream {
        true => stream::respond(events(&ask, &said), said.pace, extra),
        false => stream::whole(&whole(&ask, &said), said.pace, extra),
    }
}

fn read(body: &Value, model: &str, stream: bool) -> Result<Ask, &'static str> {
    let contents = body.get("contents").and_then(Value::as_array).filter(|list| !list.is_empty());
    let contents = contents.ok_or("* GenerateContentRequest.contents: contents is not specified")?;
    let words = |content: &Value| content_text(content.get("parts").unwrap_or(&Value::Null));
    let mut texts: Vec<String> = body.get("systemInstruction").map(words).into_iter().collect();
    let (mut user, mut tool_result) = (String::new(), None);
    for content in contents {
        let parts = content.get("parts").and_then(Value::as_array);
        let parts = parts.ok_or("Unable to submit request because it must have a parts field.")?;
        let result = parts.iter().find_map(|part| part.pointer("/functionResponse/response"));
        match content.get("role").and_then(Value::as_str) {
            Some("model") => texts.push(words(content)),
            Some("user") | None => {
                let text = result.map_or_else(|| words(content), said_by_tool);
                texts.push(text.clone());
                match result {
                    Some(_) => tool_result = Some(text),
                    None => {
                        user = text;
                        tool_result = None;
                    }
                }
            }
            Some(_) => return Err("Please use a valid role: user, model."),
        }
    }
    let declared = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    let declared = declared.filter_map(|group| group.get("functionDeclarations")?.as_array()).flatten();
    let tools = declared
        .filter_map(|entry| {
            tool(entry.get("name")?, entry.get("parametersJsonSchema").or_else(|| entry.get("parameters")))
        })
        .collect();
    let config = body.pointer("/toolConfig/functionCallingConfig").unwrap_or(&Value::Null);
    let named = config.pointer("/allowedFunctionNames/0").and_then(Value::as_str);
    let choice = match (config.get("mode").and_then(Value::as_str), named) {
        (Some("NONE"), _) => Choice::None,
        (Some("ANY"), Some(name)) => Choice::Named(name.to_owned()),
        (Some("ANY"), None) => Choice::Any,
        _ => Choice::Auto,
    };
    let generation = body.get("generationConfig").unwrap_or(&Value::Null);
    Ok(Ask {
        provider: Provider::Gemini,
        model: model.to_owned(),
        texts,
        user,
        tool_result,
        tools,
        choice,
        schema: generation.get("responseJsonSchema").cloned(),
        wants_json: generation.get("responseMimeType").and_then(Value::as_str) == Some("application/json"),
        stream,
        max_tokens: generation.get("maxOutputTokens").and_then(Value::as_u64),
    })
}

/// What a tool answered: its `result` or `error`, else the whole of it.
fn said_by_tool(response: &Value) -> String {
    let told = response.get("result").or_else(|| response.get("error")).unwrap_or(response);
    told.as_str().map_or_else(|| told.to_string(), str::to_owned)
}

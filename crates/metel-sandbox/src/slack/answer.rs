//! The envelope of Slack's answers: `ok`, `error`, warnings, and the scope headers.

use axum::Json;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Fields of a success, or the whole body of a refusal.
pub(super) type Outcome = Result<Value, Value>;

/// A refusal with this error code.
pub(super) fn refuse(error: &str) -> Value {
    json!({"ok": false, "error": error})
}

/// A refusal with messages for people, as Slack gives for `invalid_arguments`.
pub(super) fn refuse_arguments(message: &str) -> Value {
    json!({
        "ok": false,
        "error": "invalid_arguments",
        "response_metadata": {"messages": [format!("[ERROR] {message}")]},
    })
}

/// Turns an outcome into the HTTP answer, which is 200 either way.
pub(super) fn finish(outcome: Outcome, scopes: Option<&[String]>, warnings: &[&str]) -> Response {
    let mut body = match outcome {
        Ok(mut fields) => {
            fields["ok"] = json!(true);
            fields
        }
        Err(refusal) => refusal,
    };
    if !warnings.is_empty() {
        body["warning"] = json!(warnings.join(","));
        body["response_metadata"]["warnings"] = json!(warnings);
    }
    let mut response = Json(body).into_response();
    if let Some(scopes) = scopes
        && let Ok(value) = HeaderValue::from_str(&scopes.join(","))
    {
        response.headers_mut().insert("x-oauth-scopes", value);
    }
    response
}

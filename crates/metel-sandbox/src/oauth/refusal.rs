//! Refusals in the dialect of each service: the standard's, or Slack's 200 with `ok: false`.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::Sandbox;

/// A token endpoint's refusal (RFC 6749, section 5.2).
pub(super) fn refuse(sandbox: &Sandbox, service: &str, error: &str) -> Response {
    sandbox.oauth().refused(error);
    if service == "slack" {
        return ([(CACHE_CONTROL, "no-store")], Json(json!({"ok": false, "error": error}))).into_response();
    }
    let body = Json(json!({"error": error, "error_description": "refused by the sandbox"}));
    match error {
        "invalid_client" => {
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic"), (CACHE_CONTROL, "no-store")], body).into_response()
        }
        _ => (StatusCode::BAD_REQUEST, [(CACHE_CONTROL, "no-store")], body).into_response(),
    }
}

//! Token and body checks shared by scrape and search.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::refuse;
use crate::app::Sandbox;
use crate::bearer::{bearer, is_admitted};

/// The body of an admitted call, or Firecrawl's refusal.
pub(super) fn enter(sandbox: &Sandbox, headers: &HeaderMap, body: &[u8]) -> Result<Value, Box<Response>> {
    if bearer(headers).is_none() {
        return Err(Box::new(refuse(StatusCode::UNAUTHORIZED, "Unauthorized: Token missing")));
    }
    if !is_admitted(sandbox, "firecrawl", headers) {
        return Err(Box::new(refuse(StatusCode::UNAUTHORIZED, "Unauthorized: Invalid token")));
    }
    crate::intake::object(body).ok_or_else(|| Box::new(refuse(StatusCode::BAD_REQUEST, "Bad request, malformed JSON")))
}

/// A refusal of one field, with details.
pub(super) fn bad_field(field: &str, message: &str) -> Response {
    let body = json!({
        "success": false,
        "code": "BAD_REQUEST",
        "error": "Bad Request",
        "details": [{"code": "custom", "path": [field], "message": message}],
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

//! Notion's error body: `object`, `status`, `code`, `message`, `request_id`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "validation_error", message)
    }

    /// A body field that is not what it should be, in Notion's words.
    pub(super) fn body(path: &str, should: &str, instead: Option<&Value>) -> Self {
        Self::validation(format!("body failed validation: {path} should be {should}, instead was {}.", shown(instead)))
    }

    pub(super) fn invalid_json() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_json", "Error parsing JSON body.")
    }

    pub(super) fn invalid_url() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_url", "Invalid request URL.")
    }

    pub(super) fn not_found(what: &str, id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "object_not_found",
            format!(
                "Could not find {what} with ID: {id}. Make sure the relevant pages and databases \
                 are shared with your integration \"metel sandbox\"."
            ),
        )
    }

    pub(super) fn archived() -> Self {
        Self::validation("Can't edit block that is archived. You must unarchive the block before editing.")
    }

    pub(super) fn unsaved() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", "Unexpected error occurred.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "object": "error",
            "status": self.status.as_u16(),
            "code": self.code,
            "message": self.message,
            "request_id": super::gate::request_id(),
        });
        (self.status, Json(body)).into_response()
    }
}

/// A value as Notion's messages show it: in backticks, cut short.
fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "undefined".to_owned(), Value::to_string);
    let short: String = text.chars().take(60).collect();
    let dots = if short.len() < text.len() { "..." } else { "" };
    format!("`{short}{dots}`")
}

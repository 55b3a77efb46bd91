//! What every Notion call must carry: a known token and a known `Notion-Version`.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::app::Sandbox;
use crate::bearer::is_admitted;
use crate::identifier::uuid_from;

/// The API version of a call, which shapes its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// 2022-06-28: databases have properties and are queried themselves.
    Databases,
    /// 2025-09-03: databases hold data sources.
    DataSources,
    /// 2026-03-11: `in_trash` replaces `archived`, `position` replaces `after`.
    InTrash,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "2022-06-28" => Some(Self::Databases),
            "2025-09-03" => Some(Self::DataSources),
            "2026-03-11" => Some(Self::InTrash),
            _ => None,
        }
    }
}

impl FromRequestParts<Sandbox> for Version {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Refusal> {
        if !is_admitted(sandbox, "notion", &parts.headers) {
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", "API token is invalid."));
        }
        let sent = parts.headers.get("notion-version").and_then(|value| value.to_str().ok());
        let Some(sent) = sent else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "missing_version",
                "Notion-Version header failed validation: Notion-Version header should be \
                 defined, instead was `undefined`.",
            ));
        };
        Self::parse(sent).ok_or_else(|| {
            Refusal::validation(format!(
                "Notion-Version header failed validation: Notion-Version header should be \
                 `\"2022-06-28\"`, `\"2025-09-03\"`, or `\"2026-03-11\"`, instead was `\"{sent}\"`."
            ))
        })
    }
}

/// A fresh id for the `request_id` of an answer; not part of the state.
pub(super) fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    uuid_from("notion request", &n.to_string())
}

/// A successful answer with its `request_id`.
pub(super) fn answer(mut body: Value) -> Response {
    body["request_id"] = json!(request_id());
    Json(body).into_response()
}

/// An id from a path, with or without dashes, in the dashed form.
pub(super) fn path_id(text: &str, name: &str) -> Result<String, Refusal> {
    uuid::Uuid::parse_str(text).map(|id| id.to_string()).map_err(|_| {
        Refusal::validation(format!(
            "path failed validation: path.{name} should be a valid uuid, instead was `\"{text}\"`."
        ))
    })
}

/// A JSON object body of at most 500 KB.
pub(super) fn body(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.len() > 500_000 {
        return Err(Refusal::validation("body failed validation: body size should be at most 500KB."));
    }
    crate::intake::object(bytes).ok_or_else(Refusal::invalid_json)
}

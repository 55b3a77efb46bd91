//! `POST …/revoke` (RFC 7009): the whole grant ends, and an unknown token is no error.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::refusal::refuse;
use super::token::{form, is_client};
use crate::app::Sandbox;

pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(form) = form(&headers, &body) else { return refuse(&sandbox, &service, "invalid_request") };
    if !is_client(&headers, &form) {
        return refuse(&sandbox, &service, "invalid_client");
    }
    let token = form.get("token").map(String::as_str).unwrap_or_default();
    let mut oauth = sandbox.oauth();
    let family = oauth.access.get(token).map(|a| a.family).or_else(|| oauth.refresh.get(token).map(|r| r.family));
    if let Some(family) = family {
        oauth.end(family);
        oauth.counts.revoked += 1;
    }
    Json(json!({"ok": true})).into_response()
}

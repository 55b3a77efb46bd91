//! `/_control/model/script`: what the scripted models answer next.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{read, refuse};
use crate::app::Sandbox;
use crate::model::Reply;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    replies: Vec<Reply>,
}

pub(super) async fn list(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({"ok": true, "replies": sandbox.scripts().list()}))
}

pub(super) async fn add(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    let given = match read::<Given>(&headers, &body) {
        Ok(given) => given,
        Err(refusal) => return *refusal,
    };
    match sandbox.scripts().add(given.replies) {
        Ok(waiting) => (StatusCode::CREATED, Json(json!({"ok": true, "waiting": waiting}))).into_response(),
        Err(why) => refuse(StatusCode::BAD_REQUEST, &why),
    }
}

pub(super) async fn clear(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.scripts().clear();
    Json(json!({"ok": true}))
}

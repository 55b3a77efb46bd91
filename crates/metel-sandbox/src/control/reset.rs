//! `POST /_control/reset`: the seeded state again, no faults, no scripts, no requests. A ledger
//! keeps its lines and gains a reset line.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{read, refuse};
use crate::app::Sandbox;
use crate::effect::Intent;
use crate::intake::Caller;
use crate::oauth::OAuth;

pub(super) async fn reset(
    State(sandbox): State<Sandbox>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = read::<Value>(&headers, &body) {
        return *refusal;
    }
    let intent = Intent { service: "_control", op: "reset", target: None, body: json!({}) };
    if let Err(why) = sandbox.world().commit(&caller, intent) {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, &why);
    }
    sandbox.faults().clear();
    sandbox.scripts().clear();
    sandbox.requests().clear();
    *sandbox.oauth() = OAuth::default();
    Json(json!({"ok": true})).into_response()
}

//! The authorisation servers' knobs, counts, and the public keys of service accounts.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{read, refuse};
use crate::app::Sandbox;
use crate::oauth::{Knobs, ServiceAccountKey};

pub(super) async fn show(State(sandbox): State<Sandbox>) -> Json<Value> {
    let oauth = sandbox.oauth();
    Json(json!({"ok": true, "knobs": oauth.knobs, "counts": oauth.counts}))
}

/// Sets all knobs: those not named go back to where they were at the start.
pub(super) async fn turn(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    match read::<Knobs>(&headers, &body) {
        Ok(knobs) => {
            sandbox.oauth().knobs = knobs;
            Json(json!({"ok": true})).into_response()
        }
        Err(refusal) => *refusal,
    }
}

/// Every access token ends early; refresh tokens stay.
pub(super) async fn forget_access(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.oauth().forget_access();
    Json(json!({"ok": true}))
}

pub(super) async fn add_account(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    let account: ServiceAccountKey = match read(&headers, &body) {
        Ok(account) => account,
        Err(refusal) => return *refusal,
    };
    match STANDARD.decode(&account.public_key) {
        Ok(key) => {
            sandbox.oauth().accounts.insert(account.email, key);
            (StatusCode::CREATED, Json(json!({"ok": true}))).into_response()
        }
        Err(_) => refuse(StatusCode::BAD_REQUEST, "public_key is not base64"),
    }
}

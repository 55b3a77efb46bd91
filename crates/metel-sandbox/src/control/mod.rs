//! The tests' own door: faults, counts, requests, model scripts, reset. Writing calls must carry
//! `Content-Type: application/json`, so that no web page can make a browser send them.

mod faults;
mod oauth;
mod reset;
mod scripts;
mod state;

use axum::Json;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::app::Sandbox;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/state", get(state::counts))
        .route("/effects", get(state::effects))
        .route("/requests", get(state::requests).delete(state::forget))
        .route("/oauth", get(oauth::show).put(oauth::turn))
        .route("/oauth/accounts", post(oauth::add_account))
        .route("/oauth/access", axum::routing::delete(oauth::forget_access))
        .route("/reset", post(reset::reset))
        .route("/model/script", get(scripts::list).post(scripts::add).delete(scripts::clear))
}

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({"ok": false, "error": why}))).into_response()
}

/// Reads a JSON body, refusing bodies that a browser form could have sent.
fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Box<Response>> {
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !is_json {
        let why = "Content-Type must be application/json";
        return Err(Box::new(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)));
    }
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Box::new(refuse(StatusCode::BAD_REQUEST, &error.to_string())))
}

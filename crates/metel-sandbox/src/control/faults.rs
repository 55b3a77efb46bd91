//! `/_control/faults`: GET lists, POST adds one fault or a list of them, DELETE removes all.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{read, refuse};
use crate::app::Sandbox;
use crate::fault::Fault;

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Value>),
    One(Value),
}

pub(super) async fn list(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({"ok": true, "faults": sandbox.faults().list()}))
}

pub(super) async fn add(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    let given = match read::<OneOrMany>(&headers, &body) {
        Ok(OneOrMany::Many(many)) => many,
        Ok(OneOrMany::One(one)) => vec![one],
        Err(refusal) => return *refusal,
    };
    let mut faults = Vec::new();
    for value in given {
        match serde_json::from_value::<Fault>(value) {
            Ok(fault) => match fault.refusal() {
                None => faults.push(fault),
                Some(why) => return refuse(StatusCode::BAD_REQUEST, &why),
            },
            Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }
    let mut table = sandbox.faults();
    let mut ids = Vec::new();
    for fault in faults {
        match table.add(fault) {
            Ok(id) => ids.push(id),
            Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
        }
    }
    (StatusCode::CREATED, Json(json!({"ok": true, "ids": ids}))).into_response()
}

pub(super) async fn clear(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.faults().clear();
    Json(json!({"ok": true}))
}

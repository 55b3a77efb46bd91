//! A neutral receiver of effects for crash suites. `/effects` honours `Idempotency-Key`: the same
//! key and body get the same answer again, another body is refused. `/plain/effects` honours
//! nothing: every POST counts. Both can be asked what happened.

use std::collections::BTreeMap;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::clock::rfc3339_millis;
use crate::effect::{Effect, Intent};
use crate::intake::Caller;

/// Most records in one answer.
const MAX_LIST: usize = 1_000;

/// What the receiver holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledgerbox {
    records: Vec<Effect>,
    /// Place of the record that first came under a key, keyed receiver only.
    by_key: BTreeMap<String, usize>,
}

impl Ledgerbox {
    pub(crate) fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        match (effect.op.as_str(), &effect.key) {
            ("record", Some(key)) => {
                if self.by_key.insert(key.clone(), self.records.len()).is_some() {
                    return Err(format!("key {key} was used before"));
                }
            }
            ("record" | "record_plain", _) => {}
            (other, _) => return Err(format!("ledgerbox has no operation {other}")),
        }
        self.records.push(effect.clone());
        Ok(())
    }

    fn under_key(&self, key: &str) -> Option<&Effect> {
        self.by_key.get(key).and_then(|at| self.records.get(*at))
    }
}

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/effects", post(keyed).get(list_keyed)).route("/plain/effects", post(plain).get(list_plain))
}

/// Names a call by its path after `/ledgerbox/`.
pub(crate) fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("POST", ["effects"]) => "record",
        ("POST", ["plain", "effects"]) => "record_plain",
        ("GET", ["effects"] | ["plain", "effects"]) => "find",
        _ => "unknown",
    }
}

/// An RFC 9457 problem answer.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("error");
    let body = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
    (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn record(effect: &Effect, replayed: bool) -> Value {
    json!({
        "id": effect.id,
        "seq": effect.seq,
        "at": rfc3339_millis(effect.at),
        "key": effect.key,
        "run": effect.run,
        "body": effect.body,
        "replayed": replayed,
    })
}

async fn keyed(State(sandbox): State<Sandbox>, Extension(caller): Extension<Caller>, bytes: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&bytes) else {
        return problem(StatusCode::BAD_REQUEST, "the body is not JSON");
    };
    let mut world = sandbox.world();
    if let Some(first) = caller.key.as_deref().and_then(|key| world.ledgerbox.under_key(key)) {
        return if first.body == body {
            (StatusCode::CREATED, [("idempotency-replayed", "true")], Json(record(first, true))).into_response()
        } else {
            problem(StatusCode::CONFLICT, "this idempotency key came with another body before")
        };
    }
    let intent = Intent { service: "ledgerbox", op: "record", target: None, body };
    match world.commit(&caller, intent) {
        Ok(effect) => (StatusCode::CREATED, Json(record(&effect, false))).into_response(),
        Err(why) => problem(StatusCode::INTERNAL_SERVER_ERROR, &why),
    }
}

async fn plain(State(sandbox): State<Sandbox>, Extension(caller): Extension<Caller>, bytes: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&bytes) else {
        return problem(StatusCode::BAD_REQUEST, "the body is not JSON");
    };
    let intent = Intent { service: "ledgerbox", op: "record_plain", target: None, body };
    match sandbox.world().commit(&caller, intent) {
        Ok(effect) => (StatusCode::CREATED, Json(record(&effect, false))).into_response(),
        Err(why) => problem(StatusCode::INTERNAL_SERVER_ERROR, &why),
    }
}

/// Which records: by key, by the body's `reference`, or all.
#[derive(Deserialize)]
struct Which {
    key: Option<String>,
    reference: Option<String>,
}

async fn list_keyed(State(sandbox): State<Sandbox>, Query(which): Query<Which>) -> Json<Value> {
    found(&sandbox, "record", &which)
}

async fn list_plain(State(sandbox): State<Sandbox>, Query(which): Query<Which>) -> Json<Value> {
    found(&sandbox, "record_plain", &which)
}

fn found(sandbox: &Sandbox, op: &str, which: &Which) -> Json<Value> {
    let world = sandbox.world();
    let matching: Vec<&Effect> = world
        .ledgerbox
        .records
        .iter()
        .filter(|effect| effect.op == op)
        .filter(|effect| which.key.is_none() || effect.key == which.key)
        .filter(|effect| {
            which.reference.is_none()
                || effect.body.get("reference").and_then(Value::as_str) == which.reference.as_deref()
        })
        .collect();
    let shown: Vec<Value> = matching.iter().take(MAX_LIST).map(|effect| record(effect, false)).collect();
    Json(json!({"count": matching.len(), "effects": shown}))
}

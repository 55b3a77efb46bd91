//! An example key authority: it tells when a service's key runs out, and rotates it. The same
//! `Idempotency-Key` rotates once.

use std::collections::BTreeMap;

use axum::Json;
use axum::Router;
use axum::extract::{Extension, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::bearer::is_admitted;
use crate::clock::rfc3339_millis;
use crate::effect::{Effect, Intent};
use crate::identifier::letters_from;
use crate::intake::Caller;
use crate::ledgerbox::problem;
use crate::world::target;

const DAY: i64 = 86_400_000_000;
/// A key is `expiring` this long before its end.
const EXPIRING: i64 = 7 * DAY;
/// How long a rotated key lives.
const LIFE: i64 = 90 * DAY;

/// When a key ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// This long after whenever one looks: seeded keys stay what they are seeded as.
    From(i64),
    At(i64),
}

#[derive(Clone, Debug)]
struct Key {
    id: String,
    end: End,
    rotations: u32,
}

/// Keys by service.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    keys: BTreeMap<String, Key>,
    /// The key id that a rotation under an idempotency key answered.
    answered: BTreeMap<(String, String), String>,
}

impl Authority {
    pub(crate) fn seeded() -> Self {
        let seeds = [("notion", 60 * DAY), ("slack", 45 * DAY), ("sheets", 3 * DAY), ("firecrawl", -DAY)];
        let keys = seeds.iter().map(|(service, left)| {
            let id = key_id(service, 0);
            ((*service).to_owned(), Key { id, end: End::From(*left), rotations: 0 })
        });
        Self { keys: keys.collect(), answered: BTreeMap::new() }
    }

    pub(crate) fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        let service = target(effect)?;
        let key = self.keys.get_mut(service).ok_or_else(|| format!("no key for {service}"))?;
        key.rotations += 1;
        key.id = key_id(service, key.rotations);
        key.end = End::At(effect.at + LIFE);
        if let Some(idempotency) = &effect.key {
            self.answered.insert((service.to_owned(), idempotency.clone()), key.id.clone());
        }
        Ok(())
    }

    fn show(&self, service: &str, now: i64) -> Option<Value> {
        let key = self.keys.get(service)?;
        let end = match key.end {
            End::From(left) => now + left,
            End::At(end) => end,
        };
        let status = match end - now {
            left if left <= 0 => "expired",
            left if left <= EXPIRING => "expiring",
            _ => "active",
        };
        Some(json!({
            "service": service,
            "key_id": key.id,
            "status": status,
            "expires_at": rfc3339_millis(end),
            "rotations": key.rotations,
        }))
    }
}

fn key_id(service: &str, rotations: u32) -> String {
    format!("key_{}", letters_from("authority", &format!("{service}/{rotations}"), 16).to_lowercase())
}

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/keys", get(list))
        .route("/keys/{service}", get(show))
        .route("/keys/{service}/rotate", post(rotate))
}

/// Names a call by its path after `/authority/`.
pub(crate) fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["keys"]) => "list_keys",
        ("GET", ["keys", _]) => "get_key",
        ("POST", ["keys", _, "rotate"]) => "rotate_key",
        _ => "unknown",
    }
}

/// Proof that the call carries the authority's token.
struct Admitted;

impl FromRequestParts<Sandbox> for Admitted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Response> {
        if is_admitted(sandbox, "authority", &parts.headers) {
            Ok(Self)
        } else {
            Err(problem(StatusCode::UNAUTHORIZED, "a valid bearer token is required"))
        }
    }
}

async fn list(State(sandbox): State<Sandbox>, _admitted: Admitted) -> Json<Value> {
    let world = sandbox.world();
    let now = sandbox.now();
    let keys: Vec<Value> =
        world.authority.keys.keys().filter_map(|service| world.authority.show(service, now)).collect();
    Json(json!({"keys": keys}))
}

async fn show(State(sandbox): State<Sandbox>, _admitted: Admitted, Path(service): Path<String>) -> Response {
    match sandbox.world().authority.show(&service, sandbox.now()) {
        Some(key) => Json(key).into_response(),
        None => problem(StatusCode::NOT_FOUND, "this authority holds no key for that service"),
    }
}

async fn rotate(
    State(sandbox): State<Sandbox>,
    _admitted: Admitted,
    Path(service): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let mut world = sandbox.world();
    if world.authority.show(&service, 0).is_none() {
        return problem(StatusCode::NOT_FOUND, "this authority holds no key for that service");
    }
    let answered =
        caller.key.as_ref().and_then(|key| world.authority.answered.get(&(service.clone(), key.clone())).cloned());
    let replayed = answered.is_some();
    if !replayed {
        let target = Some(service.clone());
        let intent = Intent { service: "authority", op: "rotate_key", target, body: json!({}) };
        if let Err(why) = world.commit(&caller, intent) {
            return problem(StatusCode::INTERNAL_SERVER_ERROR, &why);
        }
    }
    match world.authority.show(&service, sandbox.now()) {
        Some(mut key) => {
            if let Some(id) = answered {
                key["key_id"] = json!(id);
            }
            key["replayed"] = json!(replayed);
            Json(key).into_response()
        }
        None => problem(StatusCode::INTERNAL_SERVER_ERROR, "the key is gone"),
    }
}

//! What happened: effects by service and operation with the keys seen, and the last requests.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Sandbox;

/// `GET /_control/state`.
pub(super) async fn counts(State(sandbox): State<Sandbox>) -> Json<Value> {
    let (effects, total) = {
        let world = sandbox.world();
        let mut by_service: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
        for ((service, op), count) in world.counts() {
            let doubled = count.keys.values().filter(|times| **times > 1).count();
            by_service
                .entry(service.clone())
                .or_default()
                .insert(op.clone(), json!({"count": count.count, "keys": count.keys, "keys_seen_twice": doubled}));
        }
        let total: u64 = world.counts().values().map(|count| count.count).sum();
        (by_service, total)
    };
    let requests = sandbox.requests();
    let mut totals: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for ((service, op), count) in requests.totals() {
        totals.entry(service).or_default().insert(op, *count);
    }
    Json(json!({
        "ok": true,
        "effects_total": total,
        "effects": effects,
        "requests": totals,
        "inside_retry_after": requests.violations(),
    }))
}

#[derive(Deserialize)]
pub(super) struct Which {
    limit: Option<usize>,
    service: Option<String>,
    after: Option<u64>,
}

/// `GET /_control/effects?after=SEQ&limit=N&service=S`: the history, oldest first.
pub(super) async fn effects(State(sandbox): State<Sandbox>, Query(which): Query<Which>) -> Json<Value> {
    let world = sandbox.world();
    let found: Vec<_> = world
        .history()
        .iter()
        .filter(|effect| effect.seq > which.after.unwrap_or(0))
        .filter(|effect| which.service.as_ref().is_none_or(|service| *service == effect.service))
        .take(which.limit.unwrap_or(1_000).min(100_000))
        .collect();
    Json(json!({"ok": true, "effects": found}))
}

/// `GET /_control/requests?limit=N&service=S`: the last requests, oldest first.
pub(super) async fn requests(State(sandbox): State<Sandbox>, Query(which): Query<Which>) -> Json<Value> {
    let log = sandbox.requests();
    let records = log.last(which.limit.unwrap_or(100), which.service.as_deref());
    Json(json!({"ok": true, "requests": records}))
}

/// `DELETE /_control/requests`.
pub(super) async fn forget(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.requests().clear();
    Json(json!({"ok": true}))
}

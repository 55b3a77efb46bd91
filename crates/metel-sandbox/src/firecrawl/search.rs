//! `POST /v1/search` (a list) and `/v2/search` (lists by source).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::gate::{bad_field, enter};
use super::rank::ranked;
use super::scrape::{formats, shown};
use crate::app::Sandbox;

pub(super) async fn v1(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    match found(&sandbox, &headers, &body) {
        Ok(results) => Json(json!({"success": true, "data": results})).into_response(),
        Err(refusal) => *refusal,
    }
}

pub(super) async fn v2(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    match found(&sandbox, &headers, &body) {
        Ok(mut results) => {
            for (nth, result) in results.iter_mut().enumerate() {
                result["position"] = json!(nth + 1);
            }
            Json(json!({"success": true, "data": {"web": results}, "creditsUsed": 2})).into_response()
        }
        Err(refusal) => *refusal,
    }
}

fn found(sandbox: &Sandbox, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Value>, Box<Response>> {
    let body = enter(sandbox, headers, body)?;
    let query = body.get("query").and_then(Value::as_str).filter(|query| !query.trim().is_empty());
    let Some(query) = query else {
        return Err(Box::new(bad_field("query", "Required")));
    };
    let limit = match body.get("limit") {
        None => 5,
        Some(value) => match value.as_u64() {
            Some(limit @ 1..=100) => usize::try_from(limit).unwrap_or(5),
            _ => {
                return Err(Box::new(bad_field("limit", "Number must be between 1 and 100")));
            }
        },
    };
    let wanted = match body.pointer("/scrapeOptions/formats") {
        None => Vec::new(),
        given => formats(given)?,
    };
    let results = ranked(query).into_iter().take(limit).map(|page| {
        let mut out = if wanted.is_empty() { json!({}) } else { shown(page, &wanted) };
        out["url"] = json!(page.url);
        out["title"] = json!(page.title);
        out["description"] = json!(page.description);
        out
    });
    Ok(results.collect())
}

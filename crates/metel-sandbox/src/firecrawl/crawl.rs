//! `POST /v1/crawl` begins a crawl of one site, `GET /v1/crawl/{id}` tells how far it is. It takes a
//! moment, as the real one does.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::corpus::{PAGES, Page};
use super::gate::{bad_field, enter};
use super::refuse;
use super::scrape::shown;
use crate::app::Sandbox;
use crate::identifier::uuid_from;
use crate::intake::Caller;

/// How long a crawl takes, in microseconds.
const TAKES: i64 = 150_000;

pub(super) async fn start(
    State(sandbox): State<Sandbox>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = match enter(&sandbox, &headers, &body) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    let parsed = body["url"].as_str().and_then(|text| url::Url::parse(text).ok());
    let Some(url) = parsed.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return bad_field("url", "Invalid URL");
    };
    let limit = match &body["limit"] {
        Value::Null => 10_000,
        value => match value.as_u64().filter(|limit| *limit > 0) {
            Some(limit) => limit,
            None => return bad_field("limit", "Number must be greater than 0"),
        },
    };
    let mut world = sandbox.world();
    let id = uuid_from("crawl", &world.fresh("crawl", 32));
    let thing = json!({"id": id, "url": url.as_str(), "limit": limit, "at": world.now()});
    match world.put(&caller, ("firecrawl", "crawl"), ("crawl", &id), thing) {
        Ok(_) => {
            let status = format!("{}/firecrawl/v1/crawl/{id}", sandbox.base());
            Json(json!({"success": true, "id": id, "url": status})).into_response()
        }
        Err(_) => super::server_error(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

pub(super) async fn status(State(sandbox): State<Sandbox>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = enter(&sandbox, &headers, &[]) {
        return *refusal;
    }
    let world = sandbox.world();
    let Some(job) = world.shelf("firecrawl").one("crawl", &id) else {
        return refuse(StatusCode::NOT_FOUND, "Job not found");
    };
    let host = job["url"].as_str().and_then(|url| url.split('/').nth(2)).unwrap_or_default();
    let limit = usize::try_from(job["limit"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
    let of_site = |page: &&Page| page.url.split('/').nth(2) == Some(host);
    let pages: Vec<Value> =
        PAGES.iter().filter(of_site).take(limit).map(|page| shown(page, &["markdown".to_owned()])).collect();
    let is_done = world.now() - job["at"].as_i64().unwrap_or(0) >= TAKES;
    let data = if is_done { pages.clone() } else { Vec::new() };
    Json(json!({
        "success": true, "status": if is_done { "completed" } else { "scraping" }, "total": pages.len(),
        "completed": data.len(), "creditsUsed": data.len(), "expiresAt": "2026-12-31T00:00:00.000Z", "data": data,
    }))
    .into_response()
}

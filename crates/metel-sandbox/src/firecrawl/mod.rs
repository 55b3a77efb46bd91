//! Firecrawl's scrape and search, versions 1 and 2, over a small corpus of invented notices.
//! Source: <https://docs.firecrawl.dev/api-reference>.

mod corpus;
mod crawl;
mod gate;
mod rank;
mod scrape;
mod search;

use axum::Json;
use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::app::Sandbox;
pub(crate) use rank::ranked;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/v1/scrape", post(scrape::v1))
        .route("/v2/scrape", post(scrape::v2))
        .route("/v1/search", post(search::v1))
        .route("/v2/search", post(search::v2))
        .route("/v1/crawl", post(crawl::start))
        .route("/v2/crawl", post(crawl::start))
        .route("/v1/crawl/{id}", get(crawl::status))
        .route("/v2/crawl/{id}", get(crawl::status))
}

/// Names a call by its path after `/firecrawl/`.
pub(crate) fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("POST", ["v1" | "v2", "scrape"]) => "scrape",
        ("POST", ["v1" | "v2", "search"]) => "search",
        ("POST", ["v1" | "v2", "crawl"]) => "crawl",
        ("GET", ["v1" | "v2", "crawl", _]) => "crawl_status",
        _ => "unknown",
    }
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"success": false, "error": error}))).into_response()
}

/// Firecrawl's answer to too many requests.
pub(crate) fn rate_limited() -> Response {
    refuse(
        StatusCode::TOO_MANY_REQUESTS,
        "Rate limit exceeded. Consumed (req/min): 11, Remaining (req/min): 0. Upgrade your plan at \
         https://firecrawl.dev/pricing for increased rate limits.",
    )
}

/// Firecrawl's answer when it fails.
pub(crate) fn server_error(status: StatusCode) -> Response {
    refuse(status, "An unexpected error occurred on the server.")
}

//! Brave's web search over the same invented pages that Firecrawl reads.
//! Source: <https://api-dashboard.search.brave.com/app/documentation/web-search>.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::bearer::find_token;
use crate::firecrawl::ranked;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "brave", operation, answer: call, failure, seed: Shelf::default };

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["res", "v1", "web", "search"]) => "web_search",
        _ => "unknown",
    }
}

fn refuse(status: u16, code: &str, detail: &str) -> Response {
    let body = json!({
        "type": "ErrorResponse", "time": 1_767_571_200,
        "error": {"id": "00000000-0000-4000-8000-000000000000", "status": status, "code": code, "detail": detail, "meta": {}},
    });
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => refuse(429, "RATE_LIMITED", "Request rate limit exceeded for plan."),
        code => refuse(code, "INTERNAL", "Internal server error."),
    }
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    if find_token(sandbox, "brave", asked.header("x-subscription-token")).is_none() {
        return refuse(422, "SUBSCRIPTION_TOKEN_INVALID", "The provided subscription token is invalid.");
    }
    let (method, path) = asked.route();
    if method != "GET" || path.as_slice() != ["res", "v1", "web", "search"] {
        return refuse(404, "RESOURCE_NOT_FOUND", "The requested resource was not found.");
    }
    let query = asked.q("q").unwrap_or_default().trim();
    if query.is_empty() || query.chars().count() > 400 {
        return refuse(422, "VALIDATION", "Unable to validate request parameter(s): q");
    }
    let (count, offset) = (asked.number("count", 20), asked.number("offset", 0));
    if !(1..=20).contains(&count) || offset > 9 {
        return refuse(422, "VALIDATION", "Unable to validate request parameter(s): count, offset");
    }
    let all = ranked(query);
    let more = all.len() > (offset + 1) * count;
    let results: Vec<Value> = all
        .into_iter()
        .skip(offset * count)
        .take(count)
        .map(|page| {
            let host = page.url.split('/').nth(2).unwrap_or_default();
            json!({
                "type": "search_result", "title": page.title, "url": page.url, "description": page.description,
                "language": page.language, "family_friendly": true, "is_source_local": false, "is_source_both": false,
                "profile": {"name": host, "url": page.url, "long_name": host, "img": ""},
                "meta_url": {"scheme": "https", "netloc": host, "hostname": host, "favicon": "", "path": ""},
            })
        })
        .collect();
    Json(json!({
        "type": "search",
        "query": {"original": query, "more_results_available": more, "is_navigational": false, "country": "kr"},
        "mixed": {"type": "mixed", "main": []},
        "web": {"type": "search", "results": results, "family_friendly": true},
    }))
    .into_response()
}

//! Notion's REST API, versions 2022-06-28, 2025-09-03 and 2026-03-11.
//! Source: <https://developers.notion.com/reference>.

mod block;
mod blocks;
mod databases;
mod filter;
mod gate;
mod pages;
mod paging;
mod property;
mod refusal;
mod render;
mod rich_text;
mod search;
mod seed;
mod state;
mod users;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::Sandbox;
pub(crate) use rich_text::plain;
pub(crate) use state::{Block, Database, Notion, Page, Parent};

use refusal::Refusal;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/v1/pages", post(pages::create))
        .route("/v1/pages/{id}", get(pages::retrieve).patch(pages::update))
        .route("/v1/databases/{id}", get(databases::retrieve))
        .route("/v1/databases/{id}/query", post(databases::query))
        .route("/v1/data_sources/{id}", get(databases::retrieve_source))
        .route("/v1/data_sources/{id}/query", post(databases::query_source))
        .route("/v1/blocks/{id}", get(blocks::retrieve).delete(blocks::delete))
        .route("/v1/blocks/{id}/children", get(blocks::list).patch(blocks::append))
        .route("/v1/search", post(search::search))
        .route("/v1/users", get(users::list))
        .route("/v1/users/me", get(users::me))
        .route("/v1/users/{id}", get(users::retrieve))
        .fallback(|| async { Refusal::invalid_url() })
        .method_not_allowed_fallback(|| async { Refusal::invalid_url() })
}

/// Names a call by its path after `/notion/`.
pub(crate) fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("POST", ["v1", "pages"]) => "create_page",
        ("GET", ["v1", "pages", _]) => "get_page",
        ("PATCH", ["v1", "pages", _]) => "update_page",
        ("GET", ["v1", "databases" | "data_sources", _]) => "get_database",
        ("POST", ["v1", "databases" | "data_sources", _, "query"]) => "query_database",
        ("GET", ["v1", "blocks", _]) => "get_block",
        ("DELETE", ["v1", "blocks", _]) => "delete_block",
        ("GET", ["v1", "blocks", _, "children"]) => "list_blocks",
        ("PATCH", ["v1", "blocks", _, "children"]) => "append_blocks",
        ("POST", ["v1", "search"]) => "search",
        ("GET", ["v1", "users", ..]) => "users",
        _ => "unknown",
    }
}

/// Notion's answer to too many requests.
pub(crate) fn rate_limited() -> Response {
    let message = "You have been rate limited. Please try again in a few minutes.";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).into_response()
}

/// Notion's answer when it fails.
pub(crate) fn server_error(status: StatusCode) -> Response {
    let (code, message) = match status {
        StatusCode::SERVICE_UNAVAILABLE => ("service_unavailable", "Notion is unavailable, please try again later."),
        StatusCode::GATEWAY_TIMEOUT => ("gateway_timeout", "The request timed out."),
        _ => ("internal_server_error", "Unexpected error occurred."),
    };
    Refusal::new(status, code, message).into_response()
}

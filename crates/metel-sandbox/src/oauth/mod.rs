//! An authorisation server for each simulated service (RFC 6749 with PKCE): a page where a person says yes or no,
//! codes that work once, access tokens that the services then take, refresh tokens that rotate and whose reuse ends
//! the whole grant (RFC 9700), revocation, signed assertions of service accounts, and knobs for everything that goes
//! wrong. Tokens live in memory only: a restart ends them, as a key change at a real one would.

mod assertion;
mod authorize;
mod knobs;
mod metadata;
mod refusal;
mod revoke;
mod state;
mod token;

use axum::Router;
use axum::http::Method;
use axum::routing::{get, post};

use crate::app::Sandbox;

pub(crate) use knobs::{Knobs, ServiceAccountKey};
pub(crate) use state::OAuth;

/// The one registered client. It is public, not a secret.
pub(crate) const CLIENT_ID: &str = "metel-sandbox";
pub(crate) const CLIENT_SECRET: &str = "metel-sandbox-client-secret";

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/{service}/authorize", get(authorize::ask))
        .route("/{service}/decide", get(authorize::decide))
        .route("/{service}/token", post(token::answer))
        .route("/{service}/revoke", post(revoke::answer))
        .route("/{service}/.well-known/oauth-authorization-server", get(metadata::answer))
}

/// The service's own word for a call.
pub(crate) fn operation(method: &Method, rest: &[&str]) -> String {
    match (method, rest) {
        (_, [_, "authorize" | "decide"]) => "authorize",
        (&Method::POST, [_, "token"]) => "token",
        (&Method::POST, [_, "revoke"]) => "revoke",
        _ => "metadata",
    }
    .to_owned()
}

//! Which configured token a call carries. Says nothing about scopes or error bodies; each
//! service refuses in its vendor's words.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::app::Sandbox;
use crate::config::Token;

/// The credential of an `Authorization: Bearer …` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(rest.trim())
}

/// The token of `service` with this value: a configured one, or one that was granted and still lives.
pub(crate) fn find_token(sandbox: &Sandbox, service: &str, value: &str) -> Option<Token> {
    let fixed = sandbox.config().tokens.iter().find(|token| token.service == service && token.value == value);
    fixed.cloned().or_else(|| sandbox.oauth().find(service, value, sandbox.now()))
}

/// Whether the call carries a bearer token that `service` accepts.
pub(crate) fn is_admitted(sandbox: &Sandbox, service: &str, headers: &HeaderMap) -> bool {
    bearer(headers).is_some_and(|value| find_token(sandbox, service, value).is_some())
}

//! What every service needs to know of a call besides its own arguments: who asks, under which
//! idempotency key, and what exactly was sent.

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::identifier::sha256_hex;

/// Facts of a call, put into the request's extensions by the door.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// `Idempotency-Key`, if sent.
    pub key: Option<String>,
    /// `Metel-Run` or `X-Metel-Run`, if sent.
    pub run: Option<String>,
    /// SHA-256 of the body as received.
    pub body_sha256: String,
}

impl Caller {
    pub(crate) fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        Self {
            key: text(headers, &HeaderName::from_static("idempotency-key")),
            run: text(headers, &HeaderName::from_static("metel-run"))
                .or_else(|| text(headers, &HeaderName::from_static("x-metel-run"))),
            body_sha256: sha256_hex(body),
        }
    }
}

/// A header as text of at most 512 bytes.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= 512).then(|| value.to_owned())
}

/// A JSON object body; an empty body counts as `{}`.
pub(crate) fn object(body: &[u8]) -> Option<Value> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Some(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice::<Value>(body).ok().filter(Value::is_object)
}

//! A call as the simulators read it: path in decoded pieces, query, headers, body in any of the forms
//! that vendors take. Judges nothing; each service refuses in its vendor's words.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, OriginalUri, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::app::{MAX_BODY, Sandbox};
use crate::bearer::{bearer, find_token};
use crate::config::Token;
use crate::intake::{Caller, object};
use crate::multipart::{self, Part};

/// One call, whole.
pub(crate) struct Asked {
    pub method: Method,
    /// Decoded pieces of the path, the service's prefix first.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub caller: Caller,
}

impl FromRequest<Sandbox> for Asked {
    type Rejection = Response;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let uri = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.clone(), |uri| uri.0.clone());
        let body = to_bytes(body, MAX_BODY).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE.into_response())?;
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_else(|| Caller::of(&parts.headers, &body));
        let path = uri.path().trim_matches('/').split('/').map(decoded).collect();
        let query = pairs(uri.query().unwrap_or_default().as_bytes());
        Ok(Self { method: parts.method, path, query, headers: parts.headers, body, caller })
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Percent-decoded; a plus sign stays one in a path.
fn decoded(piece: &str) -> String {
    let form = format!("x={}", piece.replace('+', "%2B"));
    pairs(form.as_bytes()).into_iter().next().map(|(_, value)| value).unwrap_or_default()
}

/// Puts a value below the named members; what stands in the way gives way.
fn insert(slot: &mut Map<String, Value>, keys: &[&str], value: String) {
    match keys {
        [] => {}
        [last] => drop(slot.insert((*last).to_owned(), Value::from(value))),
        [first, rest @ ..] => {
            let inner = slot.entry((*first).to_owned()).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

impl Asked {
    /// Method and path after the prefix, for matching.
    pub fn route(&self) -> (&str, Vec<&str>) {
        (self.method.as_str(), self.path.iter().skip(1).map(String::as_str).collect())
    }

    pub fn q(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A whole number of the query, or what stands for none.
    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        self.q(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn kind(&self) -> String {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
    }

    /// A JSON object; an empty body counts as one.
    pub fn json(&self) -> Option<Value> {
        object(&self.body)
    }

    /// A form with inner names in brackets as nested objects.
    pub fn form(&self) -> Value {
        let mut out = Map::new();
        for (name, value) in pairs(&self.body) {
            let keys: Vec<&str> = name.split(['[', ']']).filter(|key| !key.is_empty()).collect();
            insert(&mut out, &keys, value);
        }
        Value::Object(out)
    }

    /// The parts of a multipart body of either kind; `None` when it is none.
    pub fn parts(&self) -> Option<Vec<Part>> {
        let kind = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        multipart::read(kind, &self.body)
    }

    /// The token, configured or granted, that the call carries for a service.
    pub fn token(&self, sandbox: &Sandbox, service: &str) -> Option<Token> {
        bearer(&self.headers).and_then(|value| find_token(sandbox, service, value))
    }
}

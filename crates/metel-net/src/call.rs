//! One call and its reply. Printing a call shows no header values, path, query or body: they may hold secrets.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::failure::NetFailure;

/// What to send. `timeout_ms` covers everything from the connection to the answer's last byte.
#[derive(Clone)]
pub struct Call {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Bytes>,
    pub timeout_ms: u64,
    /// Largest answer after decompression; the client's own limit when absent.
    pub bytes_max: Option<usize>,
}

impl Call {
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: None, timeout_ms: 30_000, bytes_max: None }
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(Bytes::from(body.to_string()));
        self.header("content-type", "application/json")
    }

    #[must_use]
    pub fn timeout_ms(mut self, ms: u64) -> Self {
        self.timeout_ms = ms;
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("url", &origin(&self.url))
            .field("headers", &names)
            .field("body_bytes", &self.body.as_ref().map_or(0, Bytes::len))
            .field("timeout_ms", &self.timeout_ms)
            .finish()
    }
}

/// Scheme and host: some services take their credential in the path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find(['/', '?', '#']).map_or(url, |at| &url[..host + at])
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub ms: u64,
}

impl Reply {
    /// A header's value, when it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Names that the client alone writes: a caller who sets them could split or reroute the request.
const RESERVED: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
];

/// Reads header pairs; every value counts as secret. Line breaks and reserved names are refused.
pub fn headers_of(pairs: &[(String, String)]) -> Result<HeaderMap, NetFailure> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let bad = |why: &str| NetFailure::not_sent(&format!("header {}: {why}", name.escape_default()));
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(bad("may not be set"));
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("not a header name"))?;
        let mut value = HeaderValue::from_str(value)
            .or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
            .map_err(|_| bad("holds characters that a header cannot carry"))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_reserved_names_are_refused() {
        for (name, value) in
            [("x", "a\r\nhost: evil"), ("x", "a\n"), ("Host", "evil"), ("x y", "a"), ("te", "x"), ("x", "\0")]
        {
            assert!(headers_of(&[(name.to_owned(), value.to_owned())]).is_err(), "{name}: {value:?}");
        }
        assert!(headers_of(&[("x-title".to_owned(), "회의".to_owned())]).is_ok());
    }

    #[test]
    fn a_printed_call_shows_no_secret() {
        let call = Call::get("https://api.test/a?key=CANARY").header("authorization", "Bearer CANARY");
        assert!(!format!("{call:?}").contains("CANARY"));
    }
}

//! A checked HTTP transport, and the request that it makes of one payload.

use metel_model::contract::{Encoding, Http, Idempotency, KeyPlace, Method};
use serde_json::Value;

use super::fill::{RenderFault, fill, plain, text};
use super::template::{Piece, Template, TemplateFault};
use crate::contract::names::Names;

/// A request without address, credential and service headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Another base address of the service.
    pub base: Option<String>,
    /// Percent-encoded, below the base address.
    pub path: String,
    /// Not yet encoded.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub content_type: Option<&'static str>,
}

/// A transport whose templates are compiled.
#[derive(Debug)]
pub struct Wire {
    method: Method,
    base: Option<String>,
    path: Vec<Piece>,
    query: Option<Template>,
    headers: Vec<(String, Template)>,
    body: Option<Template>,
    encoding: Encoding,
}

impl Wire {
    /// Compiles; reports every fault with its pointer below `/transport`.
    pub fn compile(http: &Http, faults: &mut Vec<TemplateFault>) -> Self {
        let mut fault = |pointer: &str, what: &str| {
            faults.push(TemplateFault { pointer: format!("/transport{pointer}"), what: what.to_owned() });
        };
        if !http.path.starts_with('/') || http.path.starts_with("//") || has_dots(&http.path) {
            fault("/path", "a path begins with one slash and holds no dot segments");
        }
        if http.path.contains(['?', '#', '\\']) {
            fault("/path", "the query has its own field");
        }
        if http.base.as_ref().is_some_and(|base| {
            !base.starts_with("https://") || base.ends_with('/') || base.contains(['?', '#', '@', '$'])
        }) {
            fault("/base", "must begin with https:// and not end with /");
        }
        if !http.query.is_null() && !http.query.is_object() {
            fault("/query", "must be an object");
        }
        if http.encoding == Encoding::Form && !http.body.is_null() && !http.body.is_object() {
            fault("/body", "a form is an object");
        }
        for (name, value) in &http.headers {
            let is_token =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
            if !is_token || value.chars().any(char::is_control) {
                fault("/headers", "not a header");
            }
            if ["authorization", "host", "content-length", "cookie"].contains(&name.to_ascii_lowercase().as_str()) {
                fault("/headers", "this header is not a contract's to set");
            }
        }
        let path = match Template::text(&http.path) {
            Ok(Template::Text(pieces)) => pieces,
            Ok(Template::Whole(reference)) => vec![Piece::Value(reference)],
            Ok(_) => vec![Piece::Text(http.path.clone())],
            Err(what) => {
                faults.push(TemplateFault { pointer: "/transport/path".to_owned(), what });
                Vec::new()
            }
        };
        let compile = |value: &Value, at: &str, faults: &mut Vec<TemplateFault>| {
            (!value.is_null()).then(|| Template::compile(value, &format!("/transport{at}"), faults))
        };
        Self {
            method: http.method,
            base: http.base.clone(),
            path,
            query: compile(&http.query, "/query", faults),
            headers: http
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = Value::String(value.clone());
                    (name.clone(), Template::compile(&value, &format!("/transport/headers/{name}"), faults))
                })
                .collect(),
            body: compile(&http.body, "/body", faults),
            encoding: http.encoding,
        }
    }

    /// Every reference of the transport, as [`Template::visit`].
    pub fn visit(&self, visit: &mut dyn FnMut(&str, Option<&str>)) {
        Template::Text(self.path.clone()).visit(visit);
        self.query.iter().chain(&self.body).for_each(|template| template.visit(visit));
        self.headers.iter().for_each(|(_, template)| template.visit(visit));
    }

    /// The request of one payload. Deterministic.
    pub fn render(
        &self,
        input: &Value,
        since: &Value,
        idempotency: &Idempotency,
        key: &str,
    ) -> Result<Request, RenderFault> {
        let values = [("input", input), ("since", since)];
        let names = Names(&values);
        let path = self.path(names)?;
        let query = match &self.query {
            Some(template) => pairs(&fill(template, names)?),
            None => Vec::new(),
        };
        let mut headers = Vec::new();
        for (name, template) in &self.headers {
            let value = match fill(template, names)? {
                Value::Null => continue,
                value => plain(&value),
            };
            headers.push((name.clone(), value));
        }
        let mut body = self.body.as_ref().map(|template| fill(template, names)).transpose()?;
        match idempotency {
            Idempotency::Key { place: KeyPlace::Header, name } => headers.push((name.clone(), key.to_owned())),
            Idempotency::Key { place: KeyPlace::Body, name } => {
                let body = body.get_or_insert_with(|| Value::Object(Default::default()));
                let object = body.as_object_mut().ok_or(RenderFault::Key)?;
                object.insert(name.clone(), Value::String(key.to_owned()));
            }
            Idempotency::Natural | Idempotency::None { .. } => {}
        }
        if let Some((name, _)) = headers.iter().find(|(_, value)| value.chars().any(char::is_control)) {
            return Err(RenderFault::Header(name.clone()));
        }
        let (body, content_type) = match body {
            None => (None, None),
            Some(body) => match self.encoding {
                Encoding::Json => (Some(body.to_string().into_bytes()), Some("application/json; charset=utf-8")),
                Encoding::Form if body.is_object() => {
                    (Some(form(&pairs(&body)).into_bytes()), Some("application/x-www-form-urlencoded"))
                }
                Encoding::Form => return Err(RenderFault::Form),
            },
        };
        Ok(Request { method: self.method, base: self.base.clone(), path, query, headers, body, content_type })
    }

    fn path(&self, names: Names<'_>) -> Result<String, RenderFault> {
        let path = text(&self.path, names, &|value| {
            match value.is_empty() || value == "." || value == ".." || value.chars().any(char::is_control) {
                // A marker that no encoded value holds: refused below.
                true => "\0".to_owned(),
                false => encode(&value),
            }
        })?;
        if path.contains('\0') || has_dots(&path) {
            return Err(RenderFault::Path(path.replace('\0', "…").chars().take(80).collect()));
        }
        Ok(path)
    }
}

/// Dot segments in any spelling that readers of addresses resolve.
fn has_dots(path: &str) -> bool {
    path.split('/').any(|segment| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    })
}

/// Everything but RFC 3986's unreserved characters.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Named values: a list repeats its name, an object is written as JSON, null is left out.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
                pairs.extend(items.iter().map(|item| (name.clone(), plain(item))));
            }
            other => pairs.push((name.clone(), plain(other))),
        }
    }
    pairs
}

/// `application/x-www-form-urlencoded`, with spaces as `%20`.
fn form(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

impl Request {
    /// Path and query, encoded.
    pub fn target(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, form(&self.query)),
        }
    }
}

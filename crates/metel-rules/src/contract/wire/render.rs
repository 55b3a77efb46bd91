//! A checked HTTP transport, and the request that it makes of one payload.

use std::collections::BTreeMap;

use metel_model::contract::{Answer, Encoding, Field, Http, Idempotency, KeyPlace, Method, Parameter, Place};
use metel_model::json::pointer_push;
use serde_json::Value;

use super::fill::{RenderFault, fill, follow, plain, text};
use super::template::{Piece, Reference, Template, TemplateFault};
use super::{body, form, style};
use crate::contract::names::Names;

/// Headers that are not a contract's to set.
const FORBIDDEN: [&str; 8] = [
    "authorization",
    "host",
    "content-length",
    "cookie",
    "connection",
    "transfer-encoding",
    "proxy-authorization",
    "expect",
];

/// A request without address, credential and service headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Another base address of the service.
    pub base: Option<String>,
    /// Percent-encoded, below the base address.
    pub path: String,
    /// Instead of base and path: a whole address, not yet checked against any host.
    pub url: Option<String>,
    /// Not yet encoded.
    pub query: Vec<(String, String)>,
    /// Further parts of the query, `name=value`, encoded already.
    pub encoded: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub content_type: Option<String>,
    /// What may come back, where it is not what `answer` is usually sent as.
    pub accept: Option<String>,
    /// What the answer will be.
    pub answer: Answer,
}

/// A transport whose templates are compiled.
#[derive(Debug)]
pub struct Wire {
    method: Method,
    base: Option<String>,
    path: Vec<Piece>,
    url: Option<Vec<Piece>>,
    query: Option<Template>,
    headers: Vec<(String, Template)>,
    body: Option<Template>,
    encoding: Encoding,
    parameters: Vec<Parameter>,
    fields: BTreeMap<String, Field>,
    content_type: Option<String>,
    accept: Option<String>,
    answer: Answer,
}

impl Wire {
    /// Compiles; reports every fault with its pointer below `at`.
    pub fn compile(http: &Http, at: &str, faults: &mut Vec<TemplateFault>) -> Self {
        let mut fault = |pointer: &str, what: &str| {
            faults.push(TemplateFault { pointer: format!("{at}{pointer}"), what: what.to_owned() });
        };
        match &http.url {
            None if !http.path.starts_with('/') || http.path.starts_with("//") || has_dots(&http.path) => {
                fault("/path", "a path begins with one slash and holds no dot segments");
            }
            // Nothing that a person or a model writes chooses where a call goes.
            Some(url) if !http.path.is_empty() || http.base.is_some() || !url.starts_with("${before.") => {
                fault("/url", "an address stands alone and comes from an earlier answer");
            }
            _ => {}
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
        // A text is a reference: what it gives is looked at when the request is made.
        let is_named = http.body.is_null() || http.body.is_object() || http.body.is_string();
        if matches!(http.encoding, Encoding::Form | Encoding::Brackets | Encoding::Multipart) && !is_named {
            fault("/body", "a form is an object");
        }
        if http.encoding == Encoding::Related
            && ["metadata", "file"].iter().any(|name| http.body.get(name).is_none_or(Value::is_null))
        {
            fault("/body", "needs metadata and file");
        }
        if http.encoding != Encoding::Json && http.method == Method::Get {
            fault("/encoding", "GET has no body");
        }
        for (name, value) in &http.headers {
            if !is_token(name) || value.chars().any(char::is_control) {
                fault("/headers", "not a header");
            }
            if FORBIDDEN.contains(&name.to_ascii_lowercase().as_str()) {
                fault("/headers", "this header is not a contract's to set");
            }
        }
        for (at, parameter) in http.parameters.iter().enumerate() {
            if parameter.place != Place::Header {
                continue;
            }
            if !is_token(&parameter.name) {
                fault(&format!("/parameters/{at}/name"), "not a header");
            }
            if FORBIDDEN.contains(&parameter.name.to_ascii_lowercase().as_str()) {
                fault(&format!("/parameters/{at}/name"), "this header is not a contract's to set");
            }
        }
        let kinds = [("/content_type".to_owned(), &http.content_type), ("/accept".to_owned(), &http.accept)];
        let of_fields = http.fields.iter().map(|(name, field)| (pointer_push("/fields", name), &field.content_type));
        for (pointer, kind) in kinds.into_iter().chain(of_fields) {
            if kind.as_ref().is_some_and(|kind| kind.is_empty() || !kind.bytes().all(|b| (b' '..0x7f).contains(&b))) {
                fault(&pointer, "not a media type");
            }
        }
        let line = |text: &str, pointer: &str, faults: &mut Vec<TemplateFault>| match pieces(text) {
            Ok(pieces) => pieces,
            Err(what) => {
                faults.push(TemplateFault { pointer: format!("{at}{pointer}"), what });
                Vec::new()
            }
        };
        let path = line(&http.path, "/path", faults);
        let url = http.url.as_ref().map(|url| line(url, "/url", faults));
        let compile = |value: &Value, pointer: &str, faults: &mut Vec<TemplateFault>| {
            (!value.is_null()).then(|| Template::compile(value, &format!("{at}{pointer}"), faults))
        };
        Self {
            method: http.method,
            base: http.base.clone(),
            path,
            url,
            query: compile(&http.query, "/query", faults),
            headers: http
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = Value::String(value.clone());
                    (name.clone(), Template::compile(&value, &format!("{at}/headers/{name}"), faults))
                })
                .collect(),
            body: compile(&http.body, "/body", faults),
            encoding: http.encoding,
            parameters: http.parameters.clone(),
            fields: http.fields.clone(),
            content_type: http.content_type.clone(),
            accept: http.accept.clone(),
            answer: http.answer,
        }
    }

    /// Every reference of the transport, as [`Template::visit`].
    pub fn visit(&self, visit: &mut dyn FnMut(&str, Option<&str>)) {
        Template::Text(self.path.clone()).visit(visit);
        if let Some(url) = &self.url {
            Template::Text(url.clone()).visit(visit);
        }
        self.query.iter().chain(&self.body).for_each(|template| template.visit(visit));
        self.headers.iter().for_each(|(_, template)| template.visit(visit));
        self.parameters.iter().for_each(|parameter| visit("input", Some(&parameter.input)));
    }

    /// The request of one payload. Deterministic. `before` holds the answers of earlier calls.
    pub fn render(
        &self,
        input: &Value,
        since: &Value,
        before: &Value,
        idempotency: &Idempotency,
        key: &str,
    ) -> Result<Request, RenderFault> {
        let values = [("input", input), ("since", since), ("before", before)];
        let names = Names(&values);
        let url = self.url.as_ref().map(|pieces| text(pieces, names, &|value| value)).transpose()?;
        let path = match url {
            Some(_) => String::new(),
            None => self.path(names)?,
        };
        let query = match &self.query {
            Some(template) => form::pairs(&fill(template, names)?),
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
        let mut encoded = Vec::new();
        for parameter in &self.parameters {
            let Some(value) = input.get(&parameter.input).filter(|value| !value.is_null()) else { continue };
            match parameter.place {
                Place::Path => {}
                Place::Query => {
                    style::in_query(&parameter.name, parameter.style, parameter.explode, value, &mut encoded);
                }
                Place::Header => headers.push((parameter.name.clone(), style::in_header(parameter.explode, value))),
            }
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
        // An input that was left out leaves no body.
        let is_left_out = matches!(self.body, Some(Template::Whole(_)));
        let body = body.filter(|body| !(is_left_out && body.is_null()));
        let (body, content_type) = match body {
            None => (None, None),
            Some(value) => {
                let (bytes, usual) = body::write(&value, self.encoding, &self.fields)?;
                let kind = match self.encoding {
                    // Their media type names the boundary.
                    Encoding::Multipart | Encoding::Related => usual,
                    _ => self.content_type.clone().unwrap_or(usual),
                };
                (Some(bytes), Some(kind))
            }
        };
        let (method, base, accept, answer) = (self.method, self.base.clone(), self.accept.clone(), self.answer);
        Ok(Request { method, base, path, url, query, encoded, headers, body, content_type, accept, answer })
    }

    fn path(&self, names: Names<'_>) -> Result<String, RenderFault> {
        // A marker that no encoded value holds: refused below.
        let refused = || "\0".to_owned();
        let mut path = String::new();
        for piece in &self.path {
            match piece {
                Piece::Text(text) => path.push_str(text),
                Piece::Value(reference) => match self.styled(reference) {
                    Some(parameter) => {
                        let value = follow(reference, names).filter(|value| !value.is_null());
                        let value = value.ok_or_else(|| RenderFault::Missing(reference.to_string()))?;
                        path.push_str(&style::in_path(parameter, value).unwrap_or_else(refused));
                    }
                    None => path.push_str(&text(std::slice::from_ref(piece), names, &|value| match value.is_empty()
                        || value == "."
                        || value == ".."
                        || value.chars().any(char::is_control)
                    {
                        true => refused(),
                        false => encode(&value),
                    })?),
                },
            }
        }
        if path.contains('\0') || has_dots(&path) {
            return Err(RenderFault::Path(path.replace('\0', "…").chars().take(80).collect()));
        }
        Ok(path)
    }

    /// The parameter that says how an input stands in the path.
    fn styled(&self, reference: &Reference) -> Option<&Parameter> {
        let [input] = reference.path.as_slice() else { return None };
        let is_it = |parameter: &&Parameter| parameter.place == Place::Path && parameter.input == *input;
        self.parameters.iter().find(is_it).filter(|_| reference.root == "input")
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
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

/// A text with references, as the pieces of a path.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    Ok(match Template::text(text)? {
        Template::Text(pieces) => pieces,
        Template::Whole(reference) => vec![Piece::Value(reference)],
        _ => vec![Piece::Text(text.to_owned())],
    })
}

impl Request {
    /// Path and query, encoded.
    pub fn target(&self) -> String {
        match self.query.is_empty() && self.encoded.is_empty() {
            true => self.path.clone(),
            false => {
                let pairs = self.query.iter().map(|(name, value)| style::pair(name, value));
                let query: Vec<String> = pairs.chain(self.encoded.iter().cloned()).collect();
                format!("{}?{}", self.path, query.join("&"))
            }
        }
    }
}

//! One route as an operation of the document. Refusals that follow from what a route takes (a body,
//! an id, a credential) are added here, so that no route can forget them.

use std::collections::BTreeMap;

use http::Method;
use metel_model::code::Code;
use metel_model::lang::Lang;
use serde_json::{Value, json};

use super::shape::{of, text};
use crate::permission::Permission;
use crate::table::{Declared, Keyed};

/// The path as the format writes it: a wildcard is a parameter like any other.
pub fn path(path: &str) -> String {
    path.replace("{*", "{")
}

pub fn operation(route: &Declared) -> Value {
    let mut out = json!({
        "operationId": name(route),
        "summary": route.summary,
        "tags": [noun(route.path)],
        "parameters": parameters(route),
        "responses": responses(route),
        "x-permission": route.permission.name(),
        "security": security(route),
    });
    if let Some(schema) = &route.body {
        // Where nothing is required, no body stands for the empty object.
        let required =
            schema.get("required").is_some() || schema.get("oneOf").is_some() || schema.get("$ref").is_some();
        out["requestBody"] = json!({"required": required, "content": {"application/json": {"schema": schema}}});
    }
    out
}

fn name(route: &Declared) -> String {
    let words = route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = route.method.as_str().to_ascii_lowercase();
    for word in words {
        name.push('_');
        name.push_str(word);
    }
    if route.path.ends_with('/') {
        name.push_str("_root");
    }
    name
}

/// The noun of a path, which groups operations.
pub fn noun(path: &str) -> &str {
    let rest = path.strip_prefix("/v1").unwrap_or(path);
    rest.split('/').nth(1).filter(|word| !word.is_empty()).unwrap_or("pages")
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(|name| name.trim_start_matches('*'))
}

fn parameters(route: &Declared) -> Vec<Value> {
    let mut all: Vec<Value> = names(route.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    for asked in &route.query {
        all.push(json!({
            "name": asked.name, "in": "query", "required": asked.required, "description": asked.what, "schema": asked.schema,
        }));
    }
    let header = |name: &str, schema: Value, what: &str| json!({"name": name, "in": "header", "required": false, "description": what, "schema": schema});
    if keyed(route) {
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"});
        all.push(header(
            "Idempotency-Key",
            schema,
            "The same key and body get the same answer; another body is refused.",
        ));
    }
    if route.keyed == Keyed::Run {
        let schema = json!({"type": "string", "examples": ["wait=30"]});
        all.push(header(
            "Prefer",
            schema,
            "wait=N: answer when the run rests, at most N (60) seconds later (RFC 7240).",
        ));
    }
    all
}

fn keyed(route: &Declared) -> bool {
    route.method == Method::POST && route.permission != Permission::Open
}

/// Every code that the route may refuse with, by status.
fn refusals(route: &Declared) -> BTreeMap<u16, Vec<Code>> {
    let mut codes = vec![Code::OriginRefused, Code::Internal];
    if route.permission != Permission::Open || route.own_sign_in {
        codes.extend([Code::NotSignedIn, Code::NotAllowed, Code::StoreUnavailable, Code::StoreFull, Code::Overloaded]);
    }
    if names(route.path).next().is_some() {
        codes.push(Code::IdInvalid);
    }
    if route.body.is_some() {
        codes.extend([Code::JsonMalformed, Code::TooDeep, Code::TooLarge, Code::MediaType, Code::FieldInvalid]);
    }
    if !route.query.is_empty() {
        codes.push(Code::FieldInvalid);
    }
    if keyed(route) {
        codes.extend([Code::KeyReused, Code::FieldInvalid, Code::TooLarge]);
    }
    codes.extend(&route.refusals);
    codes.sort_unstable();
    codes.dedup();
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.http()).or_default().push(code);
    }
    by_status
}

fn responses(route: &Declared) -> Value {
    let mut out = json!({});
    for given in &route.answers {
        let mut answer = json!({"description": meaning(given.status)});
        if let Some(media) = given.media {
            answer["content"] = json!({media: {"schema": given.schema}});
        }
        if matches!(given.status, 301..=308) {
            answer["headers"] = json!({"Location": {"schema": text()}});
        }
        out[given.status.to_string()] = answer;
    }
    for (status, codes) in refusals(route) {
        let about: Vec<String> = codes.iter().map(|c| format!("{} {}", c.name(), c.title(Lang::En))).collect();
        let mut answer = json!({
            "description": about.join(" · "),
            "content": {"application/problem+json": {"schema": of("Problem")}},
        });
        if matches!(status, 429 | 503) {
            answer["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}}});
        }
        // A good answer and a refusal never share a status.
        if out.get(status.to_string()).is_none() {
            out[status.to_string()] = answer;
        }
    }
    out["default"] = json!({
        "description": "A problem", "content": {"application/problem+json": {"schema": of("Problem")}},
    });
    out
}

fn meaning(status: u16) -> &'static str {
    match status {
        101 => "The connection becomes a WebSocket",
        201 => "Made",
        202 => "Taken; it goes on by itself",
        204 => "Done; nothing to say",
        307 => "Elsewhere",
        503 => "It cannot work now",
        _ => "As asked",
    }
}

fn security(route: &Declared) -> Value {
    match route.permission {
        _ if route.own_sign_in => json!([{"bearer": []}, {"page": []}, {"query": []}]),
        Permission::Open => json!([]),
        Permission::Nearby => json!([{}, {"bearer": []}, {"page": []}]),
        _ => json!([{"bearer": []}, {"page": []}]),
    }
}

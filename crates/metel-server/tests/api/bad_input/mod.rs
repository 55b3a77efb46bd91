//! Bad input of every kind: the right status, a problem document in the reader's language with a
//! code, what happened, where and what to do, and nothing changed anywhere. Each subject has a file.

mod access;
mod approvals;
mod bodies;
mod keys;
mod pipelines;
mod runs;
mod settings;
mod starting;
mod tools;

use axum::body::Body;
use metel_model::code::Code;
use metel_model::lang::Lang;
use serde_json::Value;

use crate::house::{House, Reply};

/// One bad request and what must come of it.
struct Bad {
    what: String,
    who: &'static str,
    method: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    code: Code,
    /// Pointer of a field that must be named.
    field: Option<String>,
}

/// `line` is the method and the path.
fn bad(what: impl Into<String>, line: &str, body: impl Into<Sent>, code: Code) -> Bad {
    let (method, path) = line.split_once(' ').unwrap();
    let Sent { bytes, kind } = body.into();
    let headers = if kind.is_empty() { Vec::new() } else { vec![("content-type", kind.to_owned())] };
    let (method, path) = (method.to_owned(), path.to_owned());
    Bad { what: what.into(), who: "owner", method, path, headers, body: bytes, code, field: None }
}

struct Sent {
    bytes: Vec<u8>,
    kind: &'static str,
}

impl From<Value> for Sent {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self { bytes: Vec::new(), kind: "" },
            value => Self { bytes: value.to_string().into_bytes(), kind: "application/json" },
        }
    }
}

impl From<&str> for Sent {
    fn from(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), kind: "application/json" }
    }
}

impl Bad {
    fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
    fn by(mut self, who: &'static str) -> Self {
        self.who = who;
        self
    }
    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name || name == "idempotency-key");
        self.headers.push((name, value.into()));
        self
    }
}

fn hangul(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// The document of a refusal, in one language.
fn check(bad: &Bad, lang: Lang, reply: &Reply) {
    let document = &reply.body;
    let about = format!("{} ({} {}): {document:#}", bad.what, bad.method, bad.path);
    assert_eq!((reply.status, document["code"].as_str()), (bad.code.http(), Some(bad.code.name().as_str())), "{about}");
    assert_eq!(reply.headers["content-type"], "application/problem+json", "{about}");
    assert_eq!(reply.headers["content-language"], lang.tag(), "{about}");
    assert_eq!(document["status"], bad.code.http(), "{about}");
    assert_eq!(document["type"], format!("/help/{}", bad.code.name()), "{about}");
    assert_eq!(document["kind"], bad.code.kind(), "{about}");
    assert_eq!(document["title"], bad.code.title(lang), "{about}");
    assert!(!document["detail"].as_str().unwrap_or_default().is_empty(), "no detail: {about}");
    assert!(!document["hint"].as_str().unwrap_or_default().is_empty(), "no hint: {about}");
    // What comes behind this path is a secret.
    let links = bad.path.starts_with("/v1/links/").then_some("/v1/links/");
    assert_eq!(document["instance"], links.unwrap_or_else(|| bad.path.split('?').next().unwrap()), "{about}");
    assert_eq!(document["request_id"], reply.headers["x-request-id"].to_str().unwrap(), "{about}");
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    if let Some(field) = &bad.field {
        assert!(errors.iter().any(|e| e["pointer"] == field.as_str()), "{field} is not named: {about}");
    }
    if lang == Lang::Ko {
        assert!(hangul(document["hint"].as_str().unwrap()), "{about}");
        for error in errors {
            assert!(hangul(error["message"].as_str().unwrap()), "{error}: {about}");
        }
    }
}

/// Sends each in both languages; each must be refused as it says and change nothing.
async fn refused(house: &House, all: Vec<Bad>) {
    let before = house.state().await;
    let mut wrong = Vec::new();
    for bad in all {
        for lang in [Lang::En, Lang::Ko] {
            let mut request = house.asking(bad.who, &bad.method, &bad.path).header("accept-language", lang.tag());
            for (name, value) in &bad.headers {
                request = request.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            let reply = house.send(request.body(Body::from(bad.body.clone())).unwrap()).await;
            let held = std::panic::catch_unwind(|| check(&bad, lang, &reply));
            wrong.extend(held.is_err().then(|| format!("{} ({} {})", bad.what, bad.method, bad.path)));
        }
        let after = house.state().await;
        assert_eq!(before, after, "{} ({} {}) changed something", bad.what, bad.method, bad.path);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

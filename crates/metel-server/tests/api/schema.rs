//! The description as a judge: which operation a request is, and whether an answer is one of those
//! that it promises. Objects of answers are closed here, so that an undescribed member is found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use jsonschema::Validator;
use serde_json::{Map, Value};
use tower::ServiceExt;

use crate::house::Reply;

pub struct Description {
    pub document: Value,
    /// Components with every object closed.
    closed: Value,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub value: Value,
}

impl Description {
    pub async fn shared(router: &Router) -> Arc<Description> {
        static ONE: OnceLock<Arc<Description>> = OnceLock::new();
        if let Some(one) = ONE.get() {
            return one.clone();
        }
        let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let mut schemas: Map<String, Value> = Map::new();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let contract = name.contains("Contract");
            schemas.insert(name.clone(), if contract { schema.clone() } else { closed(schema) });
        }
        let closed = serde_json::json!({"schemas": schemas});
        let made = Arc::new(Description { document, closed, compiled: Mutex::default() });
        ONE.get_or_init(|| made).clone()
    }

    pub fn operations(&self) -> Vec<Operation> {
        let mut out = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, value) in item.as_object().unwrap() {
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
                out.push(Operation { method, path: path.clone(), value: value.clone() });
            }
        }
        out
    }

    /// The operation that a path is of; words before parameters.
    pub fn find(&self, method: &Method, path: &str) -> Option<Operation> {
        let wanted: Vec<&str> = path.split('/').collect();
        let fits = |known: &str| {
            let known: Vec<&str> = known.split('/').collect();
            let rest = known.last().is_some_and(|last| *last == "{path}");
            let long = if rest { wanted.len() >= known.len() } else { wanted.len() == known.len() };
            long && known.iter().zip(&wanted).all(|(k, w)| k == w || (k.starts_with('{') && !w.is_empty()))
        };
        let mut all: Vec<Operation> =
            self.operations().into_iter().filter(|o| o.method == *method && fits(&o.path)).collect();
        all.sort_by_key(|o| o.path.matches('{').count());
        all.into_iter().next()
    }

    /// Compiles a schema that may refer to components.
    pub fn compiled(&self, key: &str, schema: &Value, strict: bool) -> Arc<Validator> {
        if let Some(found) = self.compiled.lock().unwrap().get(key) {
            return found.clone();
        }
        let mut whole = if strict { closed(schema) } else { schema.clone() };
        whole["components"] = if strict { self.closed.clone() } else { self.document["components"].clone() };
        let made = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&whole);
        let made = Arc::new(made.unwrap_or_else(|e| panic!("{key}: {e}")));
        self.compiled.lock().unwrap().insert(key.to_owned(), made.clone());
        made
    }

    /// Panics unless the answer is one that the description promises.
    pub fn expect(&self, method: &Method, path: &str, kind: &str, reply: &Reply) {
        let status = reply.status;
        let Some(operation) = self.find(method, path) else {
            assert!(matches!(status, 400 | 403 | 404 | 405), "{method} {path} is not described and answered {status}");
            return;
        };
        let about = format!("{method} {} {status}", operation.path);
        let promised = &operation.value["responses"][status.to_string()];
        assert!(promised.is_object(), "{about} is not described: {:#}", reply.body);
        let Some(content) = promised["content"].as_object() else {
            assert!(reply.body == "" || kind.starts_with("text/html"), "{about} has a body: {:#}", reply.body);
            return;
        };
        let essence = kind.split(';').next().unwrap_or_default();
        let media = content.get(essence).or_else(|| content.get("*/*"));
        let media = media.unwrap_or_else(|| panic!("{about}: {kind} is not described"));
        if essence.ends_with("json") {
            let schema = self.compiled(&about, &media["schema"], true);
            if let Some(error) = schema.iter_errors(&reply.body).next() {
                panic!("{about}: {} {error}\n{:#}", error.instance_path(), reply.body);
            }
        }
        // What a person's browser comes back to answers with a page.
        if status >= 400 && status != 503 && operation.path != "/oauth/finish" {
            assert_eq!(essence, "application/problem+json", "{about}");
        }
    }
}

/// The same schema with every described object closed.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut out: Map<String, Value> = members.iter().map(|(k, v)| (k.clone(), closed(v))).collect();
            if out.contains_key("properties") && !out.contains_key("additionalProperties") {
                out.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

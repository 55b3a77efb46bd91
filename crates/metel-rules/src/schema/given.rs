//! The documents that a schema may refer to: those that were given with it, and no others.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use referencing::{Retrieve, Uri};
use serde_json::Value;

use super::limits::{MAX_NODES, nodes};

/// Documents by URI, without fragments.
#[derive(Clone, Debug)]
pub(super) struct Given(Arc<BTreeMap<String, Value>>);

impl Given {
    pub fn new(documents: &BTreeMap<String, Value>) -> Self {
        let plain = |uri: &String| uri.trim_end_matches('#').to_owned();
        Given(Arc::new(documents.iter().map(|(uri, value)| (plain(uri), value.clone())).collect()))
    }

    /// The meta-schemas that a schema names through one another, first the one named first.
    pub fn meta_schemas(&self, schema: &Value) -> Vec<(&str, &Value)> {
        let mut found: Vec<(&str, &Value)> = Vec::new();
        let mut schema = schema;
        while let Some(Value::String(uri)) = schema.get("$schema") {
            match self.0.get_key_value(uri.trim_end_matches('#')) {
                Some((uri, document)) if !found.iter().any(|(known, _)| known == uri) => {
                    found.push((uri, document));
                    schema = document;
                }
                _ => break,
            }
        }
        found
    }
}

impl Retrieve for Given {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        match self.0.get(uri.as_str().trim_end_matches('#')) {
            Some(document) if nodes(document, MAX_NODES).is_some() => Ok(document.clone()),
            Some(_) => Err("the document is too large".into()),
            None => Err("no such document was given".into()),
        }
    }
}

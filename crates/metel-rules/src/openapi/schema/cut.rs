//! Schemas that are too large made smaller: what lies deepest is described in less detail first.

use serde_json::{Map, Value};

use crate::openapi::node::Node;

/// Depths that are tried, deepest first.
const DEPTHS: [usize; 7] = [14, 10, 8, 6, 4, 3, 2];

/// A schema of at most `most` bytes of JSON, and whether anything was left out.
pub(super) fn to_size(schema: Value, most: usize) -> (Value, bool) {
    if size(&schema) <= most {
        return (schema, false);
    }
    let mut smaller = schema;
    for depth in DEPTHS {
        to_depth(&mut smaller, depth);
        if size(&smaller) <= most {
            return (smaller, true);
        }
    }
    (outline(&smaller), true)
}

/// Bytes of a value as JSON, roughly.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| size(item) + 1).sum::<usize>(),
        Value::Object(members) => 2 + members.iter().map(|(name, value)| name.len() + 4 + size(value)).sum::<usize>(),
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 6,
    }
}

/// Every schema below `depth` levels becomes its outline.
fn to_depth(schema: &mut Value, depth: usize) {
    if depth == 0 {
        *schema = outline(schema);
        return;
    }
    let Value::Object(members) = schema else { return };
    for (keyword, value) in members.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "dependentSchemas" | "$defs", Value::Object(map)) => {
                map.values_mut().for_each(|schema| to_depth(schema, depth - 1));
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(list)) => {
                list.iter_mut().for_each(|schema| to_depth(schema, depth - 1));
            }
            (
                "items"
                | "additionalProperties"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames"
                | "unevaluatedProperties"
                | "unevaluatedItems",
                schema,
            ) => to_depth(schema, depth - 1),
            _ => {}
        }
    }
}

/// What a schema says of itself without looking inside: type and description.
fn outline(schema: &Value) -> Value {
    let mut out = Map::new();
    for keyword in ["type", "description", "enum", "format"] {
        if let Some(value) = schema.get(keyword).filter(|value| size(value) < 500) {
            out.insert(keyword.to_owned(), value.clone());
        }
    }
    Value::Object(out)
}

/// The outline of a definition that was never converted.
pub(super) fn outline_of(node: &Node) -> Value {
    let mut out = Map::new();
    let mut types = super::keyword::types(node);
    if types.is_empty() && node.has("properties") {
        types.push("object");
    }
    if super::keyword::is_nullable(node) && !types.is_empty() {
        types.push("null");
    }
    match types.as_slice() {
        [] => {}
        [one] => drop(out.insert("type".to_owned(), Value::from(*one))),
        many => drop(out.insert("type".to_owned(), Value::from(many.to_vec()))),
    }
    if let Some(text) = node.get("description").text() {
        out.insert("description".to_owned(), Value::from(crate::openapi::text::tidy(text, 120)));
    }
    Value::Object(out)
}

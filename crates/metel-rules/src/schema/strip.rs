//! Drops what a schema does not know, so that nothing outside a contract is ever sent on.

use serde_json::Value;

use super::limits::MAX_DEPTH;
use crate::cel::{Fuel, Meter, Pattern};

/// Most schemas that may bear on one part of a value.
const MAX_TOGETHER: usize = 256;

/// Removes every field that the schema neither declares nor admits, at every level, and returns the
/// JSON Pointers of what was removed. An object that no schema says anything about is left whole; a
/// schema that declares properties is taken to declare all of them unless it admits others.
/// References are followed inside the same schema (`#/…`). What is nested past [`MAX_DEPTH`] is
/// removed.
pub fn strip_extra(schema: &Value, value: &mut Value) -> Vec<String> {
    let mut removed = Vec::new();
    let mut strip = Strip { root: schema, removed: &mut removed };
    strip.walk(&strip.together(vec![schema]), value, String::new(), 0);
    removed
}

struct Strip<'s, 'r> {
    root: &'s Value,
    removed: &'r mut Vec<String>,
}

/// What becomes of a field.
enum Fate<'s> {
    Unknown,
    Kept(Vec<&'s Value>),
}

impl<'s> Strip<'s, '_> {
    /// The schemas that bear on the same value as these, through combinations and references.
    fn together(&self, mut open: Vec<&'s Value>) -> Vec<&'s Value> {
        let mut all: Vec<&'s Value> = Vec::new();
        while let Some(schema) = open.pop() {
            if all.len() >= MAX_TOGETHER || all.iter().any(|known| std::ptr::eq(*known, schema)) {
                continue;
            }
            all.push(schema);
            for keyword in ["allOf", "anyOf", "oneOf"] {
                if let Some(Value::Array(list)) = schema.get(keyword) {
                    open.extend(list);
                }
            }
            for keyword in ["if", "then", "else"] {
                open.extend(schema.get(keyword));
            }
            for keyword in ["dependentSchemas", "dependencies"] {
                if let Some(Value::Object(map)) = schema.get(keyword) {
                    open.extend(map.values());
                }
            }
            if let Some(Value::String(target)) = schema.get("$ref") {
                open.extend(target.strip_prefix('#').and_then(|p| self.root.pointer(p)));
            }
        }
        all
    }

    fn walk(&mut self, schemas: &[&'s Value], value: &mut Value, pointer: String, depth: usize) {
        match value {
            Value::Array(items) if depth + 1 >= MAX_DEPTH => {
                self.removed.extend((0..items.len()).map(|i| format!("{pointer}/{i}")));
                items.clear();
            }
            Value::Object(entries) => {
                let declares = schemas.iter().any(|schema| {
                    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false))
                        || schema.get("unevaluatedProperties") == Some(&Value::Bool(false));
                    closed || schema.get("properties").is_some() || schema.get("patternProperties").is_some()
                });
                let names: Vec<String> = entries.keys().cloned().collect();
                for name in names {
                    let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    let fate = match self.fate(schemas, &name) {
                        _ if depth + 1 >= MAX_DEPTH => None,
                        Fate::Kept(schemas) => Some(schemas),
                        Fate::Unknown => (!declares).then(Vec::new),
                    };
                    match (fate, entries.get_mut(&name)) {
                        (Some(schemas), Some(value)) => {
                            self.walk(&self.together(schemas), value, below, depth + 1);
                        }
                        _ => {
                            entries.remove(&name);
                            self.removed.push(below);
                        }
                    }
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    let schemas = self.together(elements(schemas, i));
                    self.walk(&schemas, item, format!("{pointer}/{i}"), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn fate(&self, schemas: &[&'s Value], name: &str) -> Fate<'s> {
        let mut kept = Vec::new();
        let mut known = false;
        for schema in schemas {
            let mut here = false;
            if let Some(property) = schema.get("properties").and_then(|p| p.get(name)) {
                here = true;
                kept.push(property);
            }
            if let Some(Value::Object(patterns)) = schema.get("patternProperties") {
                for (pattern, property) in patterns {
                    if matches(pattern, name) {
                        here = true;
                        kept.push(property);
                    }
                }
            }
            for keyword in ["additionalProperties", "unevaluatedProperties"] {
                match schema.get(keyword) {
                    None | Some(Value::Bool(false)) => {}
                    Some(_) if here => {}
                    Some(admitted) => {
                        here = true;
                        kept.push(admitted);
                    }
                }
            }
            known |= here;
        }
        if known { Fate::Kept(kept) } else { Fate::Unknown }
    }
}

/// The schemas that bear on an element.
fn elements<'s>(schemas: &[&'s Value], at: usize) -> Vec<&'s Value> {
    let mut found = Vec::new();
    for schema in schemas {
        let prefix = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(prefix)), _) | (None, Some(Value::Array(prefix))) => prefix.as_slice(),
            _ => &[],
        };
        match (prefix.get(at), schema.get("items")) {
            (Some(item), _) => found.push(item),
            (None, Some(items @ (Value::Object(_) | Value::Bool(_)))) => found.push(items),
            _ => found.extend(schema.get("additionalItems")),
        }
    }
    found
}

/// A pattern that this crate's engine cannot run admits every name: validation still refuses it.
fn matches(pattern: &str, name: &str) -> bool {
    let mut meter = Meter::new(Fuel::default());
    match Pattern::new(pattern) {
        Ok(pattern) => pattern.matches(name, &mut meter).unwrap_or(true),
        Err(_) => true,
    }
}

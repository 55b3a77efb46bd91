//! Makes a tool's input schema say that it knows all of its fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::limits::MAX_DEPTH;

/// Keywords that let another schema bear on the same value.
const TOGETHER: [&str; 8] = ["allOf", "anyOf", "oneOf", "if", "then", "else", "$ref", "dependentSchemas"];

/// The same schema with every level that declares properties closed. A level of its own gets
/// `additionalProperties: false`. Where several schemas declare the properties of one object
/// together, the level that joins them gets `unevaluatedProperties: false` instead, because closing
/// each alone would refuse the fields of the others. What is closed or opened explicitly stays as
/// it is, and so do objects without declared properties.
pub fn normalise_tool_input(schema: &Value) -> Value {
    let mut closing = Closing { root: schema, targets: BTreeMap::new(), joined: false };
    // Which referred schemas stand alone is known only after the whole has been seen once; a
    // schema reached by another referred one may need another round.
    for _ in 0..8 {
        let before = closing.targets.clone();
        let mut draft = schema.clone();
        closing.close(&mut draft, true, 0);
        closing.close_targets(&mut draft);
        if closing.targets == before {
            return draft;
        }
    }
    closing.joined = true;
    let mut out = schema.clone();
    closing.close(&mut out, true, 0);
    closing.close_targets(&mut out);
    out
}

struct Closing<'s> {
    root: &'s Value,
    /// Referred schemas by pointer, and whether each use of them stands alone.
    targets: BTreeMap<String, bool>,
    /// Treat every referred schema as joined with others.
    joined: bool,
}

impl Closing<'_> {
    fn close_targets(&mut self, root: &mut Value) {
        for (pointer, alone) in self.targets.clone() {
            if let Some(schema) = root.pointer_mut(&pointer).filter(|_| !pointer.is_empty()) {
                self.close(schema, alone && !self.joined, 0);
            }
        }
    }

    /// `alone`: no other schema declares properties of the same value.
    fn close(&mut self, schema: &mut Value, alone: bool, depth: usize) {
        let Value::Object(entries) = schema else {
            return;
        };
        if depth > MAX_DEPTH {
            return;
        }
        let own = entries.contains_key("properties");
        let parts = self.parts(entries);
        let open = !entries.contains_key("additionalProperties") && !entries.contains_key("unevaluatedProperties");
        // Alternatives without fields beside them each stand alone; so does a lone reference.
        let joins = |keyword: &&str| match *keyword {
            "anyOf" | "oneOf" | "$ref" => false,
            "allOf" => entries["allOf"].as_array().is_none_or(|all| all.len() > 1),
            _ => true,
        };
        let apart = !own && parts.len() <= 1 && !parts.iter().any(joins);
        if alone && open {
            if own && !self.declared_by(&parts, entries) {
                entries.insert("additionalProperties".to_owned(), Value::Bool(false));
            } else if (!apart || self.shared(entries)) && (own || self.declared_by(&parts, entries)) {
                entries.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
        }
        let inner_alone = alone && open && apart;
        if let Some(Value::String(target)) = entries.get("$ref")
            && let Some(pointer) = target.strip_prefix('#')
        {
            let known = self.targets.entry(pointer.to_owned()).or_insert(true);
            *known &= inner_alone;
        }
        for (keyword, value) in entries.iter_mut() {
            let keyword = keyword.as_str();
            match keyword {
                "allOf" | "anyOf" | "oneOf" => {
                    let inner = inner_alone && (keyword != "allOf" || value.as_array().is_some_and(|a| a.len() == 1));
                    each(value, |schema| self.close(schema, inner, depth + 1));
                }
                "if" | "then" | "else" => self.close(value, false, depth + 1),
                "dependentSchemas" => each(value, |schema| self.close(schema, false, depth + 1)),
                "properties" | "patternProperties" | "prefixItems" => {
                    each(value, |schema| self.close(schema, true, depth + 1));
                }
                "items" if value.is_array() => {
                    each(value, |schema| self.close(schema, true, depth + 1));
                }
                "items"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "additionalItems"
                | "contains"
                | "unevaluatedItems" => self.close(value, true, depth + 1),
                _ => {}
            }
        }
    }

    /// Whether a lone reference leads to a schema that is also used together with others.
    fn shared(&self, entries: &Map<String, Value>) -> bool {
        let target = entries.get("$ref").and_then(Value::as_str).and_then(|t| t.strip_prefix('#'));
        target.is_some_and(|pointer| self.joined || self.targets.get(pointer) == Some(&false))
    }

    fn parts<'e>(&self, entries: &'e Map<String, Value>) -> Vec<&'e str> {
        let found = entries.keys().map(String::as_str);
        found.filter(|keyword| TOGETHER.contains(keyword)).collect()
    }

    /// Whether the joined schemas declare properties of their own.
    fn declared_by(&self, parts: &[&str], entries: &Map<String, Value>) -> bool {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Value> = Vec::new();
        for keyword in parts {
            if let Some(value) = entries.get(*keyword) {
                self.spread(keyword, value, &mut open, &mut seen);
            }
        }
        while let Some(schema) = open.pop() {
            let Value::Object(entries) = schema else {
                continue;
            };
            if entries.contains_key("properties") {
                return true;
            }
            for keyword in self.parts(entries) {
                if let Some(value) = entries.get(keyword) {
                    self.spread(keyword, value, &mut open, &mut seen);
                }
            }
        }
        false
    }

    fn spread<'v>(&'v self, keyword: &str, value: &'v Value, open: &mut Vec<&'v Value>, seen: &mut BTreeSet<String>) {
        match (keyword, value) {
            ("$ref", Value::String(target)) => {
                if seen.insert(target.clone())
                    && let Some(found) = target.strip_prefix('#').and_then(|p| self.root.pointer(p))
                {
                    open.push(found);
                }
            }
            (_, Value::Array(list)) => open.extend(list),
            ("dependentSchemas", Value::Object(map)) => open.extend(map.values()),
            (_, value) => open.push(value),
        }
    }
}

fn each(value: &mut Value, act: impl FnMut(&mut Value)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(act),
        Value::Object(map) => map.values_mut().for_each(act),
        _ => {}
    }
}

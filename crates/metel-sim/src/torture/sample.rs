//! Example values of JSON Schemas: what simulated tools, agents and people answer. Deterministic. A sample
//! is a good guess, not a proof: whoever asks for one checks it against the schema.

use metel_rules::schema::Schema;
use serde_json::{Map, Value, json};

/// Deepest nesting that is filled in.
const DEPTH_MAX: u32 = 8;

/// How a sample is made where the schema leaves a choice.
#[derive(Debug, Clone, Copy)]
pub struct Taste {
    /// Items of a list that need not have any.
    pub items: usize,
    /// Whether members that need not be there are.
    pub optional: bool,
    /// What stands where the schema says nothing.
    pub unknown: Unknown,
}

#[derive(Debug, Clone, Copy)]
pub enum Unknown {
    Text,
    Object,
    List,
    Number,
}

/// Tastes from the fullest to the barest.
pub fn tastes() -> impl Iterator<Item = Taste> {
    let unknown = [Unknown::Text, Unknown::Object, Unknown::List, Unknown::Number];
    [1, 0].into_iter().flat_map(move |items| {
        [true, false].into_iter().flat_map(move |optional| unknown.map(|unknown| Taste { items, optional, unknown }))
    })
}

/// The first sample that fits the schema and whatever else `fits` wants.
pub fn fitting(schema: &Value, fits: &dyn Fn(&Value) -> bool) -> Option<Value> {
    let compiled = Schema::compile(schema).ok();
    let valid = |value: &Value| compiled.as_ref().is_none_or(|schema| schema.is_valid(value));
    tastes().map(|taste| sample(schema, taste)).find(|value| valid(value) && fits(value))
}

/// One sample.
pub fn sample(schema: &Value, taste: Taste) -> Value {
    Making { root: schema, taste }.make(schema, 0)
}

struct Making<'s> {
    root: &'s Value,
    taste: Taste,
}

impl Making<'_> {
    fn make(&self, schema: &Value, depth: u32) -> Value {
        let Value::Object(members) = schema else { return self.unknown() };
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        for given in ["const", "default"] {
            if let Some(value) = members.get(given) {
                return value.clone();
            }
        }
        if let Some(value) = members.get("examples").and_then(|list| list.get(0)) {
            return value.clone();
        }
        if let Some(value) = members.get("enum").and_then(|list| list.get(0)) {
            return value.clone();
        }
        if let Some(target) = members.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return target.map_or(Value::Null, |target| self.make(target, depth + 1));
        }
        if let Some(parts) = members.get("allOf").and_then(Value::as_array) {
            let mut whole = self.typed(members, depth);
            for part in parts {
                match (&mut whole, self.make(part, depth + 1)) {
                    (Value::Object(whole), Value::Object(part)) => whole.extend(part),
                    (whole, part) => *whole = part,
                }
            }
            return whole;
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = members.get(choice).and_then(|list| list.get(0))
                && !members.contains_key("properties")
            {
                return self.make(first, depth + 1);
            }
        }
        self.typed(members, depth)
    }

    fn typed(&self, schema: &Map<String, Value>, depth: u32) -> Value {
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) => kinds.iter().find_map(Value::as_str).unwrap_or_default(),
            _ if schema.contains_key("properties") || schema.contains_key("required") => "object",
            _ if schema.contains_key("items") => "array",
            _ => "",
        };
        match kind {
            "object" => self.object(schema, depth),
            "array" => {
                let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).min(20) as usize;
                let item = schema.get("items").map(|items| self.make(items, depth + 1));
                vec![item.unwrap_or_else(|| self.unknown()); least.max(self.taste.items)].into()
            }
            "string" => text(schema).into(),
            "integer" | "number" => number(schema),
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => self.unknown(),
        }
    }

    fn object(&self, schema: &Map<String, Value>, depth: u32) -> Value {
        let required = schema.get("required").and_then(Value::as_array);
        let required: Vec<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut object = Map::new();
        for (name, property) in properties.into_iter().flatten() {
            if self.taste.optional || required.contains(&name.as_str()) {
                object.insert(name.clone(), self.make(property, depth + 1));
            }
        }
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), self.unknown());
            }
        }
        Value::Object(object)
    }

    fn unknown(&self) -> Value {
        match self.taste.unknown {
            Unknown::Text => json!("sample"),
            Unknown::Object => json!({}),
            Unknown::List => json!([]),
            Unknown::Number => json!(1),
        }
    }
}

fn text(schema: &Map<String, Value>) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let plain = match format {
        "date-time" => "2026-01-01T00:00:00Z",
        "date" => "2026-01-02",
        "time" => "09:00:00Z",
        "email" => "sample@sample.test",
        "uri" | "url" | "iri" => "https://sample.test/page",
        "uuid" => "00000000-0000-4000-8000-000000000001",
        _ => "sample",
    };
    let Some(pattern) = schema.get("pattern") else { return fitted(plain, schema) };
    let wanted = json!({"type": "string", "pattern": pattern});
    let Ok(schema_of) = Schema::compile(&wanted) else { return fitted(plain, schema) };
    let tries = [
        plain,
        "sample",
        "SAMPLE",
        "Sample",
        "a",
        "A",
        "1",
        "12",
        "123",
        "1234",
        "12345",
        "123456",
        "1234567890",
        "2026-01-02",
        "2026-01-01T00:00:00Z",
        "09:00",
        "a1",
        "A1",
        "A-1",
        "A-100",
        "sample-1",
        "AB-1234",
        "#general",
        "https://sample.test/page",
        "sample@sample.test",
        "ABC",
        "KRW",
        "0.1",
        "1.0.0",
        "ko",
        "00",
        "010-0000-0000",
    ];
    let fits = |text: &&str| schema_of.is_valid(&json!(fitted(text, schema)));
    fitted(tries.iter().find(|text| fits(text)).unwrap_or(&plain), schema)
}

/// Brought to the length that the schema wants.
fn fitted(text: &str, schema: &Map<String, Value>) -> String {
    let of = |name: &str| schema.get(name).and_then(Value::as_u64).map(|n| n.min(100_000) as usize);
    let mut text: String = text.chars().take(of("maxLength").unwrap_or(usize::MAX)).collect();
    while text.chars().count() < of("minLength").unwrap_or(0) {
        text.push('x');
    }
    text
}

fn number(schema: &Map<String, Value>) -> Value {
    let of = |name: &str| schema.get(name).and_then(Value::as_f64);
    let mut value = 1.0_f64;
    if let Some(least) = of("minimum").or(of("exclusiveMinimum").map(|n| n + 1.0)) {
        value = value.max(least.ceil());
    }
    if let Some(most) = of("maximum").or(of("exclusiveMaximum").map(|n| n - 1.0)) {
        value = value.min(most.floor());
    }
    if let Some(step) = of("multipleOf").filter(|step| *step > 0.0) {
        value = (value / step).ceil() * step;
    }
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn samples_fit_what_they_are_samples_of() {
        let schemas = [
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 9}, "b": {"type": "integer", "minimum": 7}}}),
            json!({"type": "array", "minItems": 2, "items": {"enum": ["x", "y"]}}),
            json!({"type": "string", "pattern": "^[a-z0-9_]{1,40}$"}),
            json!({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"}),
            json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "number", "multipleOf": 0.5, "minimum": 3.2}}}),
            json!({"allOf": [{"type": "object", "required": ["p"], "properties": {"p": {"const": 3}}}, {"required": ["q"]}]}),
            json!({"oneOf": [{"type": "integer", "maximum": -3}, {"type": "string"}]}),
            json!({"type": ["string", "array"], "maxLength": 3}),
            json!({"type": "string", "format": "date-time"}),
        ];
        for schema in schemas {
            let found = fitting(&schema, &|_| true);
            assert!(found.is_some(), "{schema}: {}", sample(&schema, tastes().next().unwrap()));
        }
    }

    #[test]
    fn what_is_wanted_beyond_the_schema_is_looked_for() {
        let schema = json!({"type": "object", "required": ["rows"]});
        let found = fitting(&schema, &|value| value["rows"].is_array()).unwrap();
        assert_eq!(found, json!({"rows": []}));
        assert_eq!(fitting(&schema, &|_| false), None);
    }
}

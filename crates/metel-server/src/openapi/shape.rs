//! Words for JSON Schemas (2020-12), so that routes describe themselves in a line.

use metel_model::plan::REQUEST_CHARS_MAX;
use metel_model::policy::PolicyEffect;
use serde_json::{Map, Value, json};

use crate::routes::REASON_CHARS_MAX;

/// A schema of the document by its name.
pub fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

pub fn any() -> Value {
    json!({})
}

pub fn text() -> Value {
    json!({"type": "string"})
}

pub fn flag() -> Value {
    json!({"type": "boolean"})
}

pub fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

pub fn digest() -> Value {
    json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$", "description": "SHA-256 in hexadecimal."})
}

/// Integers from `min`, to `max` or to what every JSON reader agrees on.
pub fn integer(min: i64, max: Option<u64>) -> Value {
    json!({"type": "integer", "minimum": min, "maximum": max.unwrap_or(metel_model::json::INTEGER_MAX as u64)})
}

/// An id of a noun: Crockford base 32, read in either case and with O, I and L as digits.
pub fn id(prefix: &str) -> Value {
    json!({"type": "string", "pattern": format!("^{prefix}_[0-7OoIiLl][0-9A-TV-Za-tv-z]{{25}}$")})
}

pub fn words(known: &[&str]) -> Value {
    json!({"type": "string", "enum": known})
}

pub fn lang() -> Value {
    words(&["en", "ko"])
}

pub fn effect() -> Value {
    let all = [PolicyEffect::Allow, PolicyEffect::Deny, PolicyEffect::Approval];
    json!({"type": "string", "enum": all})
}

/// What a person asks for in words.
pub fn request() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": REQUEST_CHARS_MAX, "pattern": "\\S"})
}

/// Why a person decides as they do.
pub fn reason() -> Value {
    json!({"type": "string", "maxLength": REASON_CHARS_MAX})
}

/// The schema's values, or null.
pub fn maybe(schema: &Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some(kind) if schema.get("enum").is_none() && schema.get("const").is_none() => {
            let mut out = schema.clone();
            out["type"] = json!([kind, "null"]);
            out
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

pub fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// An object whose members all have one schema.
pub fn map(values: Value) -> Value {
    json!({"type": "object", "additionalProperties": values})
}

/// An object of an answer: all members but those named are always there.
pub fn object(members: Value, sometimes: &[&str]) -> Value {
    let names: Vec<&String> = members.as_object().map(Map::keys).into_iter().flatten().collect();
    let required: Vec<&&String> = names.iter().filter(|name| !sometimes.contains(&name.as_str())).collect();
    json!({"type": "object", "required": required, "properties": members})
}

/// An object that is sent: only the members named have to be there, and no others may.
pub fn body(members: Value, required: &[&str]) -> Value {
    let mut out = json!({"type": "object", "additionalProperties": false, "properties": members});
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    out
}

/// The empty object; no body at all stands for it.
pub fn nothing() -> Value {
    body(json!({}), &[])
}

/// A page of a list.
pub fn page(items: Value) -> Value {
    let next = json!({"type": ["string", "null"], "description": "Give it as `cursor` for the next page."});
    object(json!({"items": list(items), "next": next}), &[])
}

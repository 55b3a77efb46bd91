//! Single keywords: types that are spelled otherwise, bounds that are no numbers, and values that
//! cannot be what their type says.

use serde_json::{Map, Number, Value};

use crate::openapi::document::Dialect;
use crate::openapi::node::Node;

/// Most values of an enumeration that are kept.
const ENUM_MAX: usize = 400;
/// Longest default, pattern or constant that is kept, in bytes.
const WORD_BYTES_MAX: usize = 300;

/// The types that a schema allows, as JSON Schema names them; none when it says nothing usable.
pub(super) fn types(node: &Node) -> Vec<&'static str> {
    let named: Vec<&str> = match node.get("type") {
        Node::Text(one) => vec![one],
        Node::List(many) => many.iter().filter_map(Node::text).collect(),
        _ => Vec::new(),
    };
    let mut out = Vec::new();
    for name in &named {
        let Some(known) = known(name) else { return Vec::new() };
        if !out.contains(&known) {
            out.push(known);
        }
    }
    out
}

fn known(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "date" | "datetime" | "date-time" | "file" | "binary" | "byte" | "uuid" | "uri"
        | "url" | "email" | "password" | "time" | "enum" | "char" | "guid" => "string",
        "integer" | "int" | "int32" | "int64" | "long" | "short" => "integer",
        "number" | "float" | "double" | "decimal" | "numeric" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" | "hash" | "dictionary" | "json" => "object",
        "null" | "nil" => "null",
        _ => return None,
    })
}

/// Whether a text holds a file: bytes that JSON writes as base64.
pub(in crate::openapi) fn is_file(node: &Node) -> bool {
    node.get("type").text() == Some("file")
        || node.get("format").text() == Some("binary")
        || node.get("contentEncoding").text().is_some_and(|how| how.eq_ignore_ascii_case("base64"))
        || (types(node) == ["string"] && node.get("contentMediaType").text() == Some("application/octet-stream"))
}

pub(super) fn is_nullable(node: &Node) -> bool {
    node.get("nullable").is_true() || node.get("x-nullable").is_true()
}

fn number(node: &Node) -> Option<Value> {
    let value = match node {
        Node::Number(_) => node.value()?,
        Node::Text(text) => Value::Number(
            text.trim()
                .parse::<i64>()
                .map(Number::from)
                .ok()
                .or_else(|| text.trim().parse::<f64>().ok().and_then(Number::from_f64))?,
        ),
        _ => return None,
    };
    let n = value.as_f64()?;
    // Bounds of machine words bound nothing that people mean.
    (n.abs() < 9e15).then_some(value)
}

fn length(node: &Node) -> Option<Value> {
    let n = number(node)?.as_f64()?;
    (n >= 0.0 && n.fract() == 0.0 && n < 4e9).then(|| Value::from(n as u64))
}

/// Bounds of numbers, texts, lists and objects.
pub(super) fn bounds(node: &Node, out: &mut Map<String, Value>) {
    for name in ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] {
        if let Some(value) = node.find(name).and_then(length)
            && !(name.starts_with("min") && value == 0)
        {
            out.insert(name.to_owned(), value);
        }
    }
    for (name, strict) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let limit = node.find(name).and_then(number);
        match node.get(strict) {
            // 3.0 and Swagger 2.0: a flag beside the bound.
            Node::Bool(true) => drop(limit.map(|limit| out.insert(strict.to_owned(), limit))),
            other => {
                if let Some(limit) = number(other) {
                    out.insert(strict.to_owned(), limit);
                }
                if let Some(limit) = limit {
                    out.insert(name.to_owned(), limit);
                }
            }
        }
    }
    if let Some(step) = node.find("multipleOf").and_then(number).filter(|step| step.as_f64() > Some(0.0)) {
        out.insert("multipleOf".to_owned(), step);
    }
    if node.get("uniqueItems").is_true() {
        out.insert("uniqueItems".to_owned(), Value::Bool(true));
    }
}

/// Patterns that a linear reader takes; others are told to people only.
pub(super) fn pattern(node: &Node) -> Option<Value> {
    let text = node.get("pattern").text()?;
    // Most descriptions write ECMA-262; some write it between slashes, with flags.
    (!text.is_empty() && text.len() <= WORD_BYTES_MAX && regex::Regex::new(text).is_ok()).then(|| Value::from(text))
}

/// `enum`, `const` and `default`, brought to the type that the schema says. False when the type
/// cannot hold any of them and has to go.
pub(super) fn values(node: &Node, types: &[&'static str], dialect: Dialect, out: &mut Map<String, Value>) -> bool {
    let mut holds = true;
    if let Node::List(items) = node.get("enum")
        && !items.is_empty()
        && items.len() <= ENUM_MAX
        && let Some(values) = items.iter().map(Node::value).collect::<Option<Vec<_>>>()
    {
        let mut values = distinct(values);
        if !types.is_empty() && !values.iter().any(|value| fits(value, types)) {
            match values.iter().map(|value| brought(value, types)).collect::<Option<Vec<_>>>() {
                Some(brought) => values = distinct(brought),
                None => holds = false,
            }
        }
        out.insert("enum".to_owned(), Value::Array(values));
    }
    if dialect == Dialect::OpenApi31
        && let Some(value) = node.find("const").and_then(Node::value)
        && value.to_string().len() <= WORD_BYTES_MAX
    {
        holds &= types.is_empty() || fits(&value, types);
        out.insert("const".to_owned(), value);
    }
    if let Some(value) = node.find("default").and_then(Node::value)
        && !value.is_null()
        && (types.is_empty() || fits(&value, types))
        && value.to_string().len() <= WORD_BYTES_MAX
    {
        out.insert("default".to_owned(), value);
    }
    holds
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    values.into_iter().filter(|value| seen.insert(value.to_string())).collect()
}

fn fits(value: &Value, types: &[&'static str]) -> bool {
    types.iter().any(|name| match (*name, value) {
        ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_))
        | ("null", Value::Null)
        | ("number", Value::Number(_)) => true,
        ("integer", Value::Number(n)) => n.as_f64().is_some_and(|n| n.fract() == 0.0),
        _ => false,
    })
}

/// A value in the spelling of one of the types: `"1"` as 1, `1` as `"1"`.
fn brought(value: &Value, types: &[&'static str]) -> Option<Value> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    types.iter().find_map(|name| match *name {
        "string" => Some(Value::from(text.as_str())),
        "integer" => text.parse::<i64>().ok().map(Value::from),
        "number" => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        "boolean" => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::Bool),
        _ => None,
    })
}

//! A small value that fits a JSON Schema: what a simulated model answers when a form is asked for.
//! Handles the keywords that strict output modes allow, and references inside the schema.

use serde_json::{Map, Value, json};

/// Deepest nesting that is followed.
const DEPTH: usize = 24;

/// Makes an instance. `text` is used for strings that have room for it.
pub(super) fn instance(schema: &Value, text: &str) -> Value {
    Maker { root: schema, text }.make(schema, DEPTH)
}

struct Maker<'a> {
    root: &'a Value,
    text: &'a str,
}

impl Maker<'_> {
    fn make(&self, schema: &Value, depth: usize) -> Value {
        if depth == 0 {
            return Value::Null;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let found = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return found.map_or(Value::Null, |found| self.make(found, depth - 1));
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|all| all.first()) {
            return first.clone();
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.make(&self.merged(schema, parts), depth - 1);
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(first) = schema.get(word).and_then(Value::as_array).and_then(|all| all.first()) {
                return self.make(&self.merged(schema, std::slice::from_ref(first)), depth - 1);
            }
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "string" => json!(self.string(schema)),
            "integer" => json!(whole(schema)),
            "number" => number(schema),
            "boolean" => json!(true),
            _ => Value::Null,
        }
    }

    /// The schema without its combinators, with the parts' keywords laid over it.
    fn merged(&self, schema: &Value, parts: &[Value]) -> Value {
        let mut out = schema.as_object().cloned().unwrap_or_default();
        for word in ["allOf", "anyOf", "oneOf"] {
            out.remove(word);
        }
        for part in parts {
            let reference = part.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            let part = reference.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(part);
            for (name, value) in part.as_object().into_iter().flatten() {
                match (out.get_mut(name), value) {
                    (Some(Value::Object(have)), Value::Object(more)) => have.extend(more.clone()),
                    (Some(Value::Array(have)), Value::Array(more)) if name == "required" => {
                        have.extend(more.clone());
                    }
                    _ => {
                        out.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        Value::Object(out)
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let mut out = Map::new();
        let anything = json!({"type": "string"});
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if let Some(name) = name.as_str() {
                let property = schema.get("properties").and_then(|all| all.get(name)).unwrap_or(&anything);
                out.insert(name.to_owned(), self.make(property, depth - 1));
            }
        }
        Value::Object(out)
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).min(100);
        let anything = json!({"type": "string"});
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let items = (0..least).map(|nth| {
            let nth = usize::try_from(nth).unwrap_or(0);
            let item = first.and_then(|all| all.get(nth)).or_else(|| schema.get("items"));
            self.make(item.unwrap_or(&anything), depth - 1)
        });
        Value::Array(items.collect())
    }

    fn string(&self, schema: &Value) -> String {
        let least = length(schema, "minLength").unwrap_or(0);
        let most = length(schema, "maxLength").unwrap_or(2_000);
        let form = match schema.get("format").and_then(Value::as_str) {
            Some("date") => "2026-01-05",
            Some("date-time") => "2026-01-05T09:00:00Z",
            Some("time") => "09:00:00Z",
            Some("duration") => "PT1H",
            Some("email") => "someone@metel.example",
            Some("uri" | "url") => "https://metel.example/",
            Some("hostname") => "metel.example",
            Some("ipv4") => "192.0.2.1",
            Some("ipv6") => "2001:db8::1",
            Some("uuid") => "a0000000-0000-4000-8000-000000000000",
            _ => self.text,
        };
        let mut out: String = form.chars().take(most).collect();
        while out.chars().count() < least {
            out.push('.');
        }
        out
    }
}

fn length(schema: &Value, word: &str) -> Option<usize> {
    schema.get(word).and_then(Value::as_u64).map(|length| usize::try_from(length).unwrap_or(2_000).min(100_000))
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

fn bound(schema: &Value, word: &str) -> Option<f64> {
    schema.get(word).and_then(Value::as_f64)
}

#[allow(clippy::cast_possible_truncation, reason = "bounds of integers in schemas are small")]
fn whole(schema: &Value) -> i64 {
    let least = bound(schema, "minimum")
        .map(f64::ceil)
        .or_else(|| bound(schema, "exclusiveMinimum").map(|low| low.floor() + 1.0));
    let most = bound(schema, "maximum")
        .map(f64::floor)
        .or_else(|| bound(schema, "exclusiveMaximum").map(|high| high.ceil() - 1.0));
    let wanted = match (least, most) {
        (Some(least), _) => least,
        (None, Some(most)) if most < 1.0 => most,
        _ => 1.0,
    };
    let step = bound(schema, "multipleOf").filter(|step| *step >= 1.0).unwrap_or(1.0);
    ((wanted / step).ceil() * step) as i64
}

fn number(schema: &Value) -> Value {
    let low = bound(schema, "minimum").or_else(|| bound(schema, "exclusiveMinimum"));
    let high = bound(schema, "maximum").or_else(|| bound(schema, "exclusiveMaximum"));
    match (low, high) {
        (Some(low), Some(high)) => json!(f64::midpoint(low, high)),
        (Some(low), None) => json!(low + 1.0),
        (None, Some(high)) => json!(high - 1.0),
        (None, None) => json!(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_what_is_required() {
        let schema = json!({
            "type": "object",
            "$defs": {"step": {"type": "object", "required": ["tool", "n"], "properties": {
                "tool": {"enum": ["notion.create_page"]}, "n": {"type": "integer", "minimum": 3}}}},
            "required": ["title", "steps", "due", "kind", "maybe", "share"],
            "properties": {
                "title": {"type": "string", "maxLength": 3},
                "steps": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/step"}},
                "due": {"type": "string", "format": "date"},
                "kind": {"const": "plan"},
                "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "extra": {"type": "string"},
            },
        });
        assert_eq!(
            instance(&schema, "주간 보고서"),
            json!({
                "title": "주간 ", "due": "2026-01-05", "kind": "plan", "maybe": 1, "share": 0.5,
                "steps": [{"tool": "notion.create_page", "n": 3}, {"tool": "notion.create_page", "n": 3}],
            })
        );
    }

    #[test]
    fn ends_on_a_schema_that_holds_itself() {
        let schema = json!({"$ref": "#"});
        assert_eq!(instance(&schema, "x"), Value::Null);
        let tree = json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}});
        assert!(instance(&tree, "x").is_object());
    }
}

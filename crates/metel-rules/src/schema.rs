//! JSON Schema behind one type: compiled once, never fetching anything.

use serde_json::Value;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema(jsonschema::Validator);

/// One way in which a value does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub pointer: String,
    pub message_en: String,
    pub message_ko: String,
}

/// Most violations that are listed.
const VIOLATIONS_MAX: usize = 100;

impl Schema {
    pub fn compile(schema: &Value) -> Result<Self, String> {
        jsonschema::validator_for(schema).map(Self).map_err(|error| error.to_string())
    }

    pub fn check(&self, value: &Value) -> Vec<Violation> {
        if self.0.is_valid(value) {
            return Vec::new();
        }
        let violation = |error: jsonschema::ValidationError<'_>| Violation {
            pointer: error.instance_path().to_string(),
            message_en: error.to_string(),
            message_ko: format!("형식에 맞지 않아요: {error}"),
        };
        self.0.iter_errors(value).take(VIOLATIONS_MAX).map(violation).collect()
    }

    pub fn is_valid(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }
}

/// The schema with every object that declares properties closed.
pub fn normalise_tool_input(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut closed: serde_json::Map<String, Value> =
                members.iter().map(|(name, part)| (name.clone(), normalise_tool_input(part))).collect();
            if members.get("properties").is_some_and(Value::is_object) {
                closed.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            Value::Object(closed)
        }
        Value::Array(items) => Value::Array(items.iter().map(normalise_tool_input).collect()),
        other => other.clone(),
    }
}

/// Takes members out that a closed schema does not know; gives their pointers.
pub fn strip_extra(schema: &Value, value: &mut Value) -> Vec<String> {
    let mut taken = Vec::new();
    strip(schema, value, "", &mut taken);
    taken
}

fn strip(schema: &Value, value: &mut Value, at: &str, taken: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let Some(known) = schema.get("properties").and_then(Value::as_object) else { return };
            if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                let extra: Vec<String> = members.keys().filter(|name| !known.contains_key(*name)).cloned().collect();
                for name in extra {
                    members.remove(&name);
                    taken.push(metel_model::json::pointer_push(at, &name));
                }
            }
            for (name, part) in members.iter_mut() {
                if let Some(schema) = known.get(name) {
                    strip(schema, part, &metel_model::json::pointer_push(at, name), taken);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return };
            for (i, item) in items.iter_mut().enumerate() {
                strip(schema, item, &format!("{at}/{i}"), taken);
            }
        }
        _ => {}
    }
}

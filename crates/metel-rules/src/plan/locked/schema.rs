//! The schema of a model's plan for one request.

use std::collections::BTreeSet;
use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::lang::Lang;
use metel_model::plan::MISSING;
use serde_json::{Map, Value, json};

use super::MODEL_ACTIONS_MAX;
use crate::plan::kinds::{self, Field};

/// Nesting of a tool's own schema that is kept; deeper parts are given as JSON text.
const DEPTH_MAX: usize = 4;

/// The response schema for these tools. Actions are called `a1`, `a2`, … by their place.
pub fn plan_schema(contracts: &[Arc<Contract>], lang: Lang) -> Value {
    let actions: Vec<Value> = contracts.iter().map(|contract| action(contract, contracts, lang)).collect();
    object([
        ("goal", json!({"type": "string"})),
        ("actions", json!({"type": "array", "items": {"anyOf": actions}, "maxItems": MODEL_ACTIONS_MAX})),
    ])
}

fn action(contract: &Contract, all: &[Arc<Contract>], lang: Lang) -> Value {
    let args: Vec<(String, Value)> =
        kinds::fields(contract).iter().map(|field| (field.name.to_owned(), argument(field, all, lang))).collect();
    object([
        ("tool", json!({"type": "string", "enum": [contract.id]})),
        ("args", object(args.iter().map(|(name, schema)| (name.as_str(), schema.clone())))),
    ])
}

/// A closed object whose members are all required.
fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let properties: Map<String, Value> = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

/// One argument: its own schema, or a reference to something that fits, or `MISSING`, or null
/// where it is optional.
fn argument(field: &Field<'_>, all: &[Arc<Contract>], lang: Lang) -> Value {
    let own = simple(field.schema, 0);
    let mut choices = match own.get("anyOf").and_then(Value::as_array) {
        Some(choices) => choices.clone(),
        None => vec![own],
    };
    let free_text = choices.iter().any(is_free_text);
    if !free_text {
        let keys = fitting_keys(field, all);
        if !keys.is_empty() {
            choices.push(json!({"type": "string", "pattern": format!("^\\$\\{{a[1-9]\\.({})\\}}$", keys.into_iter().collect::<Vec<_>>().join("|"))}));
        }
        if field.required {
            choices.push(json!({"type": "string", "enum": [MISSING]}));
        }
    }
    if !field.required {
        choices.push(json!({"type": "null"}));
    }
    let mut schema = match choices.len() {
        1 => choices.remove(0),
        _ => json!({"anyOf": choices}),
    };
    if let (Some(members), Some(text)) = (schema.as_object_mut(), describe(field.schema, lang)) {
        members.insert("description".into(), Value::from(text));
    }
    schema
}

fn is_free_text(schema: &Value) -> bool {
    schema["type"] == "string" && schema.get("enum").is_none() && schema.get("pattern").is_none()
}

/// Names of products, over all these tools, that fit a field.
fn fitting_keys(field: &Field<'_>, all: &[Arc<Contract>]) -> BTreeSet<String> {
    let word = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    all.iter()
        .flat_map(|contract| contract.produces.iter())
        .filter(|(key, product)| {
            word(key) && (field.kind.is_empty() || kinds::fit(field.kind, &product.kind).is_some())
        })
        .map(|(key, _)| key.clone())
        .collect()
}

fn describe(schema: &Value, lang: Lang) -> Option<String> {
    let text = match schema.get("x-ask") {
        Some(ask) => ask.get(lang.tag()).or(Some(ask)).and_then(Value::as_str),
        None => schema.get("description").or_else(|| schema.get("title")).and_then(Value::as_str),
    };
    text.map(|text| text.chars().take(160).collect())
}

/// A tool's own schema in the strict subset. What the subset cannot say is given as JSON text.
fn simple(schema: &Value, depth: usize) -> Value {
    let text = json!({"type": "string"});
    if depth > DEPTH_MAX {
        return text;
    }
    if let Some(values) =
        schema.get("enum").and_then(Value::as_array).filter(|values| values.iter().all(Value::is_string))
    {
        return json!({"type": "string", "enum": values});
    }
    if let Some(value) = schema.get("const").filter(|value| value.is_string()) {
        return json!({"type": "string", "enum": [value]});
    }
    if let Some(choices) =
        schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array).filter(|c| !c.is_empty())
    {
        return json!({"anyOf": choices.iter().map(|choice| simple(choice, depth + 1)).collect::<Vec<_>>()});
    }
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        let choices: Vec<Value> = types
            .iter()
            .map(|one| {
                let mut one_schema = schema.clone();
                one_schema["type"] = one.clone();
                simple(&one_schema, depth + 1)
            })
            .collect();
        return json!({"anyOf": choices});
    }
    match schema.get("type").and_then(Value::as_str) {
        Some(kind @ ("integer" | "number" | "boolean" | "null")) => json!({"type": kind}),
        Some("array") => match schema.get("items") {
            Some(items) if items.as_object().is_some_and(|items| !items.is_empty()) => {
                json!({"type": "array", "items": simple(items, depth + 1)})
            }
            _ => {
                json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}})
            }
        },
        Some("object") => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) if !properties.is_empty() && properties.len() <= 24 => {
                let required: Vec<&str> = schema
                    .get("required")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                object(properties.iter().map(|(name, property)| {
                    let inner = simple(property, depth + 1);
                    let schema = match required.contains(&name.as_str()) {
                        true => inner,
                        false => json!({"anyOf": [inner, {"type": "null"}]}),
                    };
                    (name.as_str(), schema)
                }))
            }
            // A free-form object cannot be closed: it is given as JSON text.
            _ => text,
        },
        _ => text,
    }
}

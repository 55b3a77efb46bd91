//! Words the open fields of one payload: only string fields that the contract marks `x-author`, each
//! locked to its own schema. What nobody can derive stays `MISSING`, and nothing else is touched.

use std::collections::BTreeMap;

use metel_model::Lang;
use metel_model::contract::Contract;
use metel_model::effect::Usage;
use metel_model::plan::MISSING;
use serde_json::{Map, Value, json};

use crate::locked;
use crate::model::{About, Call, Model, ModelFailure};
use crate::prompt;

/// What may be worded and from what.
#[derive(Debug, Clone, PartialEq)]
pub struct Open<'a> {
    pub request: &'a str,
    pub lang: Lang,
    pub contract: &'a Contract,
    /// The fields left open.
    pub fields: &'a [String],
    /// Products of earlier steps, by others.
    pub context: &'a Value,
    pub timeout_ms: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Authored {
    /// One entry for each field asked for: a string of the field's schema, or `MISSING`.
    pub values: BTreeMap<String, String>,
    pub usage: Option<Usage>,
}

/// Whether a model may word this field.
pub fn may_word(contract: &Contract, field: &str) -> bool {
    property(contract, field).is_some_and(|schema| {
        schema.get("x-author") == Some(&Value::Bool(true))
            && schema.get("type").and_then(Value::as_str) == Some("string")
    })
}

fn property<'a>(contract: &'a Contract, field: &str) -> Option<&'a Value> {
    contract.input_schema.get("properties")?.get(field)
}

/// Asks once. Fields that no model may word come back `MISSING` without being asked about.
pub async fn fill(model: &dyn Model, open: Open<'_>) -> Result<Authored, ModelFailure> {
    let mut values: BTreeMap<String, String> =
        open.fields.iter().map(|field| (field.clone(), MISSING.to_owned())).collect();
    let wordable: Vec<&String> = open.fields.iter().filter(|field| may_word(open.contract, field)).collect();
    if wordable.is_empty() {
        return Ok(Authored { values, usage: None });
    }
    let titles: Vec<Value> =
        wordable.iter().map(|field| json!({"name": field, "title": title(&open, field)})).collect();
    let prompt = prompt::render(
        "author",
        json!({
            "lang": open.lang.tag(),
            "tool": open.contract.id,
            "title": open.contract.title.en,
            "request": open.request,
            "fields": titles,
            "context": open.context,
        }),
    )
    .map_err(|fault| ModelFailure::new(fault, false))?;
    let mut call = Call::new(prompt.system(), prompt.user())
        .about(About::Author)
        .schema("fields", schema(open.contract, &wordable))
        .max_tokens(800);
    call.timeout_ms = open.timeout_ms;
    let (answer, usage) = locked::value(model, call, None).await?;
    for field in wordable {
        let worded = answer.get(field).and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if let Some(text) = keep(open.contract, field, worded) {
            values.insert(field.clone(), text);
        }
    }
    Ok(Authored { values, usage: Some(usage) })
}

fn title(open: &Open<'_>, field: &str) -> String {
    let schema = property(open.contract, field).unwrap_or(&Value::Null);
    ["description", "title"]
        .iter()
        .find_map(|key| schema.get(key)?.as_str())
        .unwrap_or(field)
        .chars()
        .take(160)
        .collect()
}

/// A worded value that may stand: no `MISSING` in it, no reference smuggled in, of the field's schema.
fn keep(contract: &Contract, field: &str, text: &str) -> Option<String> {
    if text.is_empty() || text.contains(MISSING) || text.contains("${") {
        return None;
    }
    let schema = property(contract, field)?;
    locked::misfits(schema, &Value::String(text.to_owned())).is_empty().then(|| text.to_owned())
}

/// Each field's own schema, or the word `MISSING`.
fn schema(contract: &Contract, fields: &[&String]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let own = property(contract, field).cloned().unwrap_or(json!({"type": "string"}));
        let is_free = own.get("enum").is_none()
            && own.get("pattern").is_none()
            && own.get("minLength").is_none_or(|n| n.as_u64() <= Some(7));
        let value = if is_free { own } else { json!({"anyOf": [own, {"type": "string", "const": MISSING}]}) };
        properties.insert((*field).clone(), value);
    }
    json!({"type": "object", "properties": properties, "required": fields, "additionalProperties": false})
}

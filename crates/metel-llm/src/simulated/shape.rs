//! Gives an agent's own answer the shape that a step asks for: members by name, then by meaning.
//! What cannot be given honestly is not given: then there is no answer.

use metel_model::Lang;
use serde_json::{Map, Value, json};

use crate::locked;

/// Other names for what the answers hold.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("summary", &["result", "answer", "text", "analysis", "conclusion", "overview", "message", "comment", "요약"]),
    ("document", &["draft", "content", "body", "markdown", "article", "post"]),
    ("opportunities", &["pros", "strengths", "findings", "points", "positives"]),
    ("risks", &["cons", "weaknesses", "findings", "points", "concerns", "issues", "objections"]),
    ("reasons", &["rationale", "points", "findings", "grounds"]),
    ("verdict", &["decision", "judgement", "judgment", "recommendation"]),
    ("score", &["rating", "confidence"]),
    ("approved", &["ok", "go", "eligible", "pass", "accepted"]),
    ("diagnosis", &["root_cause", "reason", "explanation"]),
    ("plan", &["recovery_plan", "actions", "recovery", "steps"]),
    ("points", &["key_points", "highlights", "bullets"]),
];

/// A value of `schema`, or nothing.
pub(super) fn fit(native: &Value, schema: &Value) -> Option<Value> {
    let value = match schema.get("type").and_then(Value::as_str) {
        Some("string") => native.get("summary").cloned()?,
        Some("object") | None => object(native, schema),
        _ => return None,
    };
    locked::misfits(schema, &value).is_empty().then_some(value)
}

fn object(native: &Value, schema: &Value) -> Value {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return native.clone();
    };
    let mut out = Map::new();
    for (name, own) in properties {
        let direct = native.get(name);
        let meant =
            SYNONYMS.iter().filter(|(_, names)| names.contains(&name.as_str())).filter_map(|(key, _)| native.get(*key));
        if let Some(value) = direct.into_iter().chain(meant).find_map(|value| turn(value, own)) {
            out.insert(name.clone(), value);
        }
    }
    Value::Object(out)
}

/// The value as it is, or in a form that says the same.
fn turn(value: &Value, schema: &Value) -> Option<Value> {
    let fits = |value: &Value| locked::misfits(schema, value).is_empty();
    if fits(value) {
        return Some(value.clone());
    }
    let turned = match (schema.get("type").and_then(Value::as_str), value) {
        (Some("string"), Value::Array(items)) => json!(items.iter().map(line).collect::<Vec<_>>().join("\n")),
        (Some("string"), Value::Number(_) | Value::Bool(_)) => json!(value.to_string()),
        (Some("array"), Value::Array(items)) => {
            let item = schema.get("items").unwrap_or(&Value::Bool(true));
            let turned =
                |one: &Value| if locked::misfits(item, one).is_empty() { one.clone() } else { reduced(one, item) };
            Value::Array(items.iter().map(turned).collect())
        }
        (Some("array"), Value::String(_)) => json!([value]),
        (Some("number"), Value::Number(n)) => json!(n.as_f64()? / 100.0),
        _ => return None,
    };
    fits(&turned).then_some(turned)
}

/// A list's item as words, or with only the members that are asked for.
fn reduced(item: &Value, schema: &Value) -> Value {
    match (item, schema.get("properties").and_then(Value::as_object)) {
        (Value::Object(members), Some(properties)) => Value::Object(
            members
                .iter()
                .filter(|(name, _)| properties.contains_key(*name))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect(),
        ),
        _ => json!(line(item)),
    }
}

/// One finding or step as a line of text.
fn line(item: &Value) -> String {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    match (item.as_str(), text("what"), text("quote")) {
        (Some(text), _, _) => text.to_owned(),
        (None, Some(what), Some(quote)) => format!("{what}: “{quote}”"),
        (None, Some(what), None) => what.to_owned(),
        (None, None, Some(quote)) => quote.to_owned(),
        _ => item.to_string(),
    }
}

/// The answer as text for people. The last line says what made it.
pub(super) fn text(lang: Lang, native: &Value) -> String {
    let mut out = String::new();
    match native.get("document").and_then(Value::as_str) {
        Some(document) => out.push_str(document),
        None => {
            out.push_str(native.get("summary").and_then(Value::as_str).unwrap_or_default());
            for key in ["opportunities", "risks", "reasons", "plan"] {
                for item in native.get(key).and_then(Value::as_array).into_iter().flatten() {
                    out.push_str("\n- ");
                    out.push_str(&line(item));
                }
            }
        }
    }
    out.push_str("\n\n");
    out.push_str(lang.pick(
        "(Made by fixed rules, not by AI: no model is connected.)",
        "(AI가 아니라 정해진 규칙으로 만들었어요: 연결된 모델이 없어요.)",
    ));
    out
}

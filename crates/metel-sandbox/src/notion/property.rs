//! Property values against a schema: what a page of a database may hold.

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::rich_text;
use crate::identifier::letters_from;

/// Completes the properties of a page that stands under a page or the workspace: only a title.
pub(crate) fn complete_free(given: &Value) -> Result<Map<String, Value>, Refusal> {
    let given = as_object(given)?;
    let mut out = Map::new();
    for (name, value) in given {
        if name != "title" {
            return Err(Refusal::validation(format!("{name} is not a property that exists.")));
        }
        let parts = value.get("title").unwrap_or(value);
        let title = rich_text::complete(parts, "body.properties.title.title")?;
        out.insert(name.clone(), json!({"id": "title", "type": "title", "title": title}));
    }
    Ok(out)
}

/// Completes the given properties against a database's schema. New options are allowed, as
/// Notion allows them for selects.
pub(crate) fn complete_row(schema: &Map<String, Value>, given: &Value) -> Result<Map<String, Value>, Refusal> {
    let mut out = Map::new();
    for (name, value) in as_object(given)? {
        let found = schema
            .iter()
            .find(|(title, definition)| *title == name || definition.get("id").and_then(Value::as_str) == Some(name));
        let Some((title, definition)) = found else {
            return Err(Refusal::validation(format!("{name} is not a property that exists.")));
        };
        let kind = kind_of(definition);
        let id = definition.get("id").cloned().unwrap_or(Value::Null);
        let inner = complete_value(title, kind, definition, value)?;
        out.insert(title.clone(), json!({"id": id, "type": kind, kind: inner}));
    }
    Ok(out)
}

/// Every property of a schema that `row` lacks, empty.
pub(crate) fn fill(schema: &Map<String, Value>, row: &mut Map<String, Value>) {
    for (name, definition) in schema {
        if row.contains_key(name) {
            continue;
        }
        let kind = kind_of(definition);
        let empty = match kind {
            "title" | "rich_text" | "multi_select" | "people" => json!([]),
            "checkbox" => json!(false),
            _ => Value::Null,
        };
        let id = definition.get("id").cloned().unwrap_or(Value::Null);
        row.insert(name.clone(), json!({"id": id, "type": kind, kind: empty}));
    }
}

/// The type of a schema property.
pub(crate) fn kind_of(definition: &Value) -> &str {
    definition.get("type").and_then(Value::as_str).unwrap_or("rich_text")
}

fn as_object(given: &Value) -> Result<&Map<String, Value>, Refusal> {
    given.as_object().ok_or_else(|| Refusal::body("body.properties", "an object", Some(given)))
}

fn complete_value(name: &str, kind: &str, definition: &Value, value: &Value) -> Result<Value, Refusal> {
    let wrong = || Refusal::validation(format!("{name} is expected to be {kind}."));
    if matches!(kind, "created_time" | "last_edited_time") {
        return Err(Refusal::validation(format!("{name} is a property that cannot be updated.")));
    }
    let inner = match value.as_object() {
        Some(fields) => fields.get(kind).ok_or_else(wrong)?,
        None if matches!(kind, "title" | "rich_text") && value.is_array() => value,
        None => return Err(wrong()),
    };
    let path = format!("body.properties.{name}.{kind}");
    match kind {
        "title" | "rich_text" => rich_text::complete(inner, &path),
        "number" if inner.is_number() || inner.is_null() => Ok(inner.clone()),
        "checkbox" if inner.is_boolean() => Ok(inner.clone()),
        "url" | "email" | "phone_number" if inner.is_string() || inner.is_null() => Ok(inner.clone()),
        "select" | "status" if inner.is_null() => Ok(Value::Null),
        "select" | "status" => option(name, kind, definition, inner),
        "multi_select" => inner
            .as_array()
            .ok_or_else(wrong)?
            .iter()
            .map(|one| option(name, kind, definition, one))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        "date" if inner.is_null() => Ok(Value::Null),
        "date" => date(inner, &path),
        "people" if inner.is_array() => Ok(inner.clone()),
        _ => Err(Refusal::body(&path, &format!("a {kind}"), Some(inner))),
    }
}

fn option(name: &str, kind: &str, definition: &Value, given: &Value) -> Result<Value, Refusal> {
    let options = definition.pointer(&format!("/{kind}/options"));
    let known = options.and_then(Value::as_array).into_iter().flatten().find(|known| {
        ["name", "id"].iter().any(|field| given.get(field).is_some_and(|wanted| known.get(field) == Some(wanted)))
    });
    if let Some(known) = known {
        return Ok(known.clone());
    }
    let Some(label) = given.get("name").and_then(Value::as_str).filter(|label| !label.is_empty()) else {
        return Err(Refusal::validation(format!("{name} is expected to be {kind}.")));
    };
    if kind == "status" {
        return Err(Refusal::validation(format!("Invalid status option. Status option \"{label}\" does not exist\".")));
    }
    if label.contains(',') {
        return Err(Refusal::validation(format!("Invalid select option, commas not allowed: {label}")));
    }
    let id = letters_from("notion option", &format!("{name}/{label}"), 4);
    Ok(json!({"id": id, "name": label, "color": "default"}))
}

fn date(inner: &Value, path: &str) -> Result<Value, Refusal> {
    let check = |field: &str| match inner.get(field) {
        None | Some(Value::Null) if field == "end" => Ok(Value::Null),
        Some(Value::String(text)) if is_date(text) => Ok(json!(text)),
        other => Err(Refusal::body(&format!("{path}.{field}"), "a valid ISO 8601 date string", other)),
    };
    let zone = inner.get("time_zone").cloned().unwrap_or(Value::Null);
    Ok(json!({"start": check("start")?, "end": check("end")?, "time_zone": zone}))
}

fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok()
        || text.parse::<jiff::Timestamp>().is_ok()
        || text.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Map<String, Value> {
        json!({
            "이름": {"id": "title", "type": "title", "title": {}},
            "상태": {"id": "st", "type": "status", "status": {"options": [{"id": "1", "name": "완료", "color": "green"}]}},
            "태그": {"id": "tg", "type": "multi_select", "multi_select": {"options": []}},
            "마감": {"id": "du", "type": "date", "date": {}},
        })
        .as_object()
        .unwrap()
        .clone()
    }

    #[test]
    fn completes_a_korean_row() {
        let given = json!({
            "이름": {"title": [{"text": {"content": "주간 보고"}}]},
            "상태": {"status": {"name": "완료"}},
            "태그": {"multi_select": [{"name": "새것"}]},
            "마감": {"date": {"start": "2026-03-02"}},
        });
        let mut row = complete_row(&schema(), &given).unwrap();
        fill(&schema(), &mut row);
        assert_eq!(row["상태"]["status"]["color"], "green");
        assert_eq!(row["태그"]["multi_select"][0]["name"], "새것");
        assert_eq!(row["마감"]["date"]["end"], Value::Null);
    }

    #[test]
    fn refuses_in_the_vendors_words() {
        let message = |given: Value| complete_row(&schema(), &given).unwrap_err().message;
        assert_eq!(message(json!({"없음": {}})), "없음 is not a property that exists.");
        assert_eq!(message(json!({"이름": {"number": 3}})), "이름 is expected to be title.");
        assert!(message(json!({"상태": {"status": {"name": "모름"}}})).starts_with("Invalid status option"));
        assert!(message(json!({"마감": {"date": {"start": "내일"}}})).contains("ISO 8601"));
    }
}

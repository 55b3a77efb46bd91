//! Database filters and sorts: the conditions that contracts use, nested two deep as in Notion.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::property::kind_of;
use super::refusal::Refusal;
use super::rich_text::plain;
use super::state::Page;
use crate::clock::rfc3339_millis;

/// Whether a page passes `filter`.
pub(super) fn passes(filter: &Value, schema: &Map<String, Value>, page: &Page) -> Result<bool, Refusal> {
    judge(filter, schema, page, 0)
}

fn judge(filter: &Value, schema: &Map<String, Value>, page: &Page, depth: usize) -> Result<bool, Refusal> {
    for (word, all) in [("and", true), ("or", false)] {
        if let Some(inner) = filter.get(word) {
            let path = format!("body.filter.{word}");
            let list = inner.as_array().ok_or_else(|| Refusal::body(&path, "an array", Some(inner)))?;
            if depth >= 2 {
                return Err(Refusal::body(&path, "not present", Some(inner)));
            }
            let mut verdict = all;
            for one in list {
                let passed = judge(one, schema, page, depth + 1)?;
                verdict = if all { verdict && passed } else { verdict || passed };
            }
            return Ok(verdict);
        }
    }
    if let Some(stamp) = filter.get("timestamp").and_then(Value::as_str) {
        let text = timestamp(stamp, page)?;
        let condition =
            filter.get(stamp).ok_or_else(|| Refusal::body(&format!("body.filter.{stamp}"), "defined", None))?;
        return compare_text("date", &text, condition);
    }
    let Some(name) = filter.get("property").and_then(Value::as_str) else {
        return Err(Refusal::body("body.filter.or", "defined", None));
    };
    let (title, definition) = definition(schema, name)?;
    let kind = kind_of(definition);
    let Some(condition) = filter.get(kind).filter(|condition| condition.is_object()) else {
        let sent = filter.as_object().and_then(|fields| fields.keys().find(|key| *key != "property" && *key != "type"));
        let sent = sent.map_or("undefined", String::as_str);
        return Err(Refusal::validation(format!("database property {kind} does not match filter {sent}")));
    };
    let value = page.properties.get(title).and_then(|property| property.get(kind));
    match kind {
        "number" => compare_number(value.and_then(Value::as_f64), condition),
        "checkbox" => compare_bool(value.and_then(Value::as_bool).unwrap_or(false), condition),
        "multi_select" => compare_many(value, condition),
        _ => compare_text(kind, &readable(kind, value), condition),
    }
}

fn definition<'a>(schema: &'a Map<String, Value>, name: &str) -> Result<(&'a String, &'a Value), Refusal> {
    schema
        .iter()
        .find(|(title, definition)| *title == name || definition.get("id").and_then(Value::as_str) == Some(name))
        .ok_or_else(|| Refusal::validation(format!("Could not find property with name or id: {name}")))
}

fn timestamp(stamp: &str, page: &Page) -> Result<String, Refusal> {
    match stamp {
        "created_time" => Ok(rfc3339_millis(page.created)),
        "last_edited_time" => Ok(rfc3339_millis(page.edited)),
        other => Err(Refusal::body(
            "body.filter.timestamp",
            "`\"created_time\"` or `\"last_edited_time\"`",
            Some(&Value::from(other)),
        )),
    }
}

/// A property's value as comparable text.
fn readable(kind: &str, value: Option<&Value>) -> String {
    let Some(value) = value else {
        return String::new();
    };
    match kind {
        "title" | "rich_text" => plain(value),
        "select" | "status" => text(value.get("name")),
        "date" => text(value.get("start")),
        _ => text(Some(value)),
    }
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn unknown(condition: &Value) -> Refusal {
    Refusal::body("body.filter", "a known condition", Some(condition))
}

fn only(condition: &Value) -> Result<(&str, &Value), Refusal> {
    let fields = condition.as_object().filter(|fields| fields.len() == 1);
    fields
        .and_then(|fields| fields.iter().next())
        .map(|(name, value)| (name.as_str(), value))
        .ok_or_else(|| unknown(condition))
}

fn compare_text(kind: &str, have: &str, condition: &Value) -> Result<bool, Refusal> {
    let (word, wanted) = only(condition)?;
    let want = wanted.as_str().unwrap_or_default();
    let (low, want_low) = (have.to_lowercase(), want.to_lowercase());
    let verdict = match (kind, word) {
        (_, "is_empty") => have.is_empty(),
        (_, "is_not_empty") => !have.is_empty(),
        _ if !wanted.is_string() => return Err(unknown(condition)),
        (_, "equals") => have == want || (kind == "date" && have.starts_with(want)),
        (_, "does_not_equal") => have != want,
        ("date", "before") => !have.is_empty() && have < want,
        ("date", "after") => have > want && !have.starts_with(want),
        ("date", "on_or_before") => !have.is_empty() && (have <= want || have.starts_with(want)),
        ("date", "on_or_after") => have >= want,
        ("date" | "select" | "status", _) => return Err(unknown(condition)),
        (_, "contains") => low.contains(&want_low),
        (_, "does_not_contain") => !low.contains(&want_low),
        (_, "starts_with") => low.starts_with(&want_low),
        (_, "ends_with") => low.ends_with(&want_low),
        _ => return Err(unknown(condition)),
    };
    Ok(verdict)
}

#[allow(clippy::float_cmp, reason = "a filter compares the stored number with the sent one")]
fn compare_number(have: Option<f64>, condition: &Value) -> Result<bool, Refusal> {
    let (word, wanted) = only(condition)?;
    match word {
        "is_empty" => return Ok(have.is_none()),
        "is_not_empty" => return Ok(have.is_some()),
        _ => {}
    }
    let want = wanted.as_f64().ok_or_else(|| unknown(condition))?;
    let Some(have) = have else {
        return Ok(word == "does_not_equal");
    };
    match word {
        "equals" => Ok(have == want),
        "does_not_equal" => Ok(have != want),
        "greater_than" => Ok(have > want),
        "less_than" => Ok(have < want),
        "greater_than_or_equal_to" => Ok(have >= want),
        "less_than_or_equal_to" => Ok(have <= want),
        _ => Err(unknown(condition)),
    }
}

fn compare_bool(have: bool, condition: &Value) -> Result<bool, Refusal> {
    let (word, wanted) = only(condition)?;
    let want = wanted.as_bool().ok_or_else(|| unknown(condition))?;
    match word {
        "equals" => Ok(have == want),
        "does_not_equal" => Ok(have != want),
        _ => Err(unknown(condition)),
    }
}

fn compare_many(value: Option<&Value>, condition: &Value) -> Result<bool, Refusal> {
    let (word, wanted) = only(condition)?;
    let names: Vec<&Value> =
        value.and_then(Value::as_array).into_iter().flatten().filter_map(|option| option.get("name")).collect();
    match word {
        "contains" => Ok(names.contains(&wanted)),
        "does_not_contain" => Ok(!names.contains(&wanted)),
        "is_empty" => Ok(names.is_empty()),
        "is_not_empty" => Ok(!names.is_empty()),
        _ => Err(unknown(condition)),
    }
}

/// Sorts pages by the request's `sorts`; the first sort weighs most.
pub(super) fn sort(pages: &mut [&Page], sorts: &Value, schema: &Map<String, Value>) -> Result<(), Refusal> {
    let list = sorts.as_array().ok_or_else(|| Refusal::body("body.sorts", "an array", Some(sorts)))?;
    let mut keys: Vec<(Key<'_>, bool)> = Vec::new();
    for one in list {
        let down = match one.get("direction").and_then(Value::as_str) {
            None | Some("ascending") => false,
            Some("descending") => true,
            Some(_) => {
                return Err(Refusal::body(
                    "body.sorts.direction",
                    "`\"ascending\"` or `\"descending\"`",
                    one.get("direction"),
                ));
            }
        };
        let key = match (one.get("property").and_then(Value::as_str), one.get("timestamp").and_then(Value::as_str)) {
            (Some(name), _) => {
                let (title, definition) = definition(schema, name)?;
                Key::Property(title, kind_of(definition))
            }
            (None, Some("created_time")) => Key::Created,
            (None, Some("last_edited_time")) => Key::Edited,
            _ => return Err(Refusal::body("body.sorts.property", "defined", None)),
        };
        keys.push((key, down));
    }
    pages.sort_by(|left, right| {
        keys.iter()
            .map(|(key, down)| if *down { key.order(right, left) } else { key.order(left, right) })
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    Ok(())
}

enum Key<'a> {
    Property(&'a str, &'a str),
    Created,
    Edited,
}

impl Key<'_> {
    fn order(&self, left: &Page, right: &Page) -> Ordering {
        match self {
            Self::Created => left.created.cmp(&right.created),
            Self::Edited => left.edited.cmp(&right.edited),
            Self::Property(title, kind) => {
                let of = |page: &Page| page.properties.get(*title).and_then(|property| property.get(*kind)).cloned();
                let (a, b) = (of(left), of(right));
                match *kind {
                    "number" => {
                        let number =
                            |value: Option<Value>| value.and_then(|value| value.as_f64()).unwrap_or(f64::INFINITY);
                        number(a).total_cmp(&number(b))
                    }
                    "checkbox" => a.and_then(|v| v.as_bool()).cmp(&b.and_then(|v| v.as_bool())),
                    _ => readable(kind, a.as_ref()).cmp(&readable(kind, b.as_ref())),
                }
            }
        }
    }
}

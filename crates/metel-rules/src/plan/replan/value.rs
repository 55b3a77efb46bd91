//! Arguments that a tool does not take: brought to the form that its schema wants, or taken from the
//! request once more. What the request does not hold is asked for, never guessed.

use std::sync::LazyLock;

use metel_model::contract::Contract;
use metel_model::plan::{Action, MISSING};
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::plan::check::args::misfit;
use crate::plan::kinds::{self, Field};
use crate::plan::reference::{is_whole, uses};
use crate::plan::understand::lexicon::expression;

/// The action with arguments that fit; nothing where none can be found.
pub fn fitted(action: &Action, contract: &Contract, said: Option<&Action>, error: &str) -> Option<Action> {
    let fields = kinds::fields(contract);
    let mut args = Map::new();
    let mut homeless: Vec<Value> = Vec::new();
    for (name, value) in &action.args {
        match fields.iter().any(|field| field.name == name) {
            true => {
                args.insert(name.clone(), value.clone());
            }
            false => homeless.push(value.clone()),
        }
    }
    for field in &fields {
        let given = args.get(field.name).filter(|value| !is_empty(value)).cloned();
        let own = || said.and_then(|said| said.args.get(field.name)).filter(|value| **value != MISSING);
        let named = names_field(error, field);
        let fits =
            |value: &Value| misfit(value, field.schema, &contract.input_schema, !uses(value).is_empty()).is_none();
        let value = match given {
            Some(value) if fits(&value) && !named => Some(value),
            Some(value) => tidied(&value, field, error)
                .filter(|new| fits(new) && *new != value)
                .or_else(|| own().filter(|new| fits(new) && **new != value).cloned())
                .or_else(|| (fits(&value) && (!field.required || !uses(&value).is_empty())).then(|| value.clone())),
            None if field.required || named => own().filter(|new| fits(new)).cloned().or_else(|| {
                let at = homeless.iter().position(|value| fits(value))?;
                Some(homeless.remove(at))
            }),
            None => None,
        };
        match value {
            Some(value) => {
                args.insert(field.name.to_owned(), value);
            }
            None if field.required => return None,
            None => {
                args.remove(field.name);
            }
        }
    }
    if args == action.args {
        // Nothing that the schema finds: what the request says otherwise.
        for field in &fields {
            let own = said.and_then(|said| said.args.get(field.name));
            if let Some(own) = own.filter(|own| **own != MISSING && args.get(field.name) != Some(*own)) {
                args.insert(field.name.to_owned(), own.clone());
            }
        }
    }
    (args != action.args).then(|| Action { args, ..action.clone() })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text == MISSING,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether an error speaks of this argument.
fn names_field(error: &str, field: &Field<'_>) -> bool {
    let lower = error.to_lowercase();
    let name = field.name.to_lowercase();
    lower.match_indices(&name).any(|(at, found)| {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        !word(lower[..at].chars().next_back()) && !word(lower[at + found.len()..].chars().next())
    })
}

/// A value in the form that is wanted, where it holds all that is needed.
fn tidied(value: &Value, field: &Field<'_>, error: &str) -> Option<Value> {
    let takes = |kind: &str| kinds::takes(field.schema, kind);
    let lower = error.to_lowercase();
    match value {
        Value::String(text) if !takes("string") => match text.trim() {
            text if takes("integer") || takes("number") => {
                let number = text.replace(',', "");
                number.parse::<i64>().map(Value::from).ok().or_else(|| number.parse::<f64>().map(Value::from).ok())
            }
            text if takes("boolean") => text.to_lowercase().parse::<bool>().map(Value::from).ok(),
            text if takes("array") => Some(json!([split(text)])),
            _ => None,
        },
        // What another action leaves, written out or put in a row.
        Value::String(text) if is_whole(value) && takes("array") && WANTS_LIST.is_match(&lower) => {
            Some(json!([[text]]))
        }
        Value::String(text) if is_whole(value) && takes("string") => Some(Value::from(format!("{text}\n"))),
        Value::String(text) if field.name == "rows" || lower.contains("array") && takes("array") => {
            Some(json!([split(text)]))
        }
        Value::String(text) => {
            let new = as_range(text, field).or_else(|| as_url(text, field)).unwrap_or_else(|| text.trim().to_owned());
            Some(Value::from(shortened(new, field)))
        }
        Value::Number(number) if takes("string") => Some(Value::from(number.to_string())),
        Value::Number(number) if takes("integer") => number.as_f64().map(|n| json!(n.round() as i64)),
        Value::Bool(flag) if takes("string") => Some(Value::from(flag.to_string())),
        Value::Array(items) if !takes("array") => {
            let words: Vec<String> = items.iter().map(written).collect();
            let glue = if field.kind.is_empty() || kinds::is_prose(field.kind) { "\n" } else { ", " };
            (takes("string") && (kinds::is_prose(field.kind) || items.len() == 1))
                .then(|| Value::from(words.join(glue)))
        }
        Value::Array(items) if field.name == "rows" && !items.iter().all(Value::is_array) => Some(json!([items])),
        Value::Object(members) if takes("string") && members.len() == 1 => {
            members.values().next().map(|one| Value::from(written(one)))
        }
        Value::Object(members) if takes("array") => Some(json!([members.values().cloned().collect::<Vec<_>>()])),
        _ => None,
    }
}

static WANTS_LIST: LazyLock<Regex> = LazyLock::new(|| expression(r"array|list|배열|목록|행"));

fn split(text: &str) -> Vec<String> {
    text.split([',', '|', '\t']).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn shortened(text: String, field: &Field<'_>) -> String {
    match field.schema.get("maxLength").and_then(Value::as_u64) {
        Some(most) if text.chars().count() as u64 > most => text.chars().take(most as usize).collect(),
        _ => text,
    }
}

static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?P<sheet>.*?[^\s!])?[\s!]*(?P<a>\$?[A-Za-z]{1,3}\$?\d{0,7})\s?(?:[:\-~–]|부터|에서|to)\s?(?P<b>\$?[A-Za-z]{1,3}\$?\d{0,7})(?:까지)?$",
    )
});

/// `매출 A1-C5` as `매출!A1:C5`.
fn as_range(text: &str, field: &Field<'_>) -> Option<String> {
    if field.name != "range" {
        return None;
    }
    let found = RANGE.captures(text.trim())?;
    let cells = format!("{}:{}", found["a"].to_uppercase(), found["b"].to_uppercase());
    Some(match found.name("sheet").map(|sheet| sheet.as_str().trim_end_matches("시트").trim()) {
        Some(sheet) if !sheet.is_empty() => format!("{sheet}!{cells}"),
        _ => cells,
    })
}

fn as_url(text: &str, field: &Field<'_>) -> Option<String> {
    let bare = text.trim();
    let host = bare.split('/').next().unwrap_or_default();
    (field.name == "url" && !bare.contains("://") && host.contains('.') && !bare.contains(char::is_whitespace))
        .then(|| format!("https://{bare}"))
}

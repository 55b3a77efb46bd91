//! The rule-based model that answers when no script does. It says what it is, repeats nothing it
//! was not told, and calls a tool only when it must or when the user names the tool.

use serde_json::{Value, json};

use super::ask::{Ask, Choice, Tool};
use super::instance::instance;
use super::play::{Call, Said};
use crate::identifier::letters_from;

/// Longest extract, in characters.
const EXTRACT: usize = 280;

/// The simulated model's answer.
pub(super) fn answer(ask: &Ask) -> Said {
    if let Some(tool) = wanted_tool(ask) {
        let arguments = instance(&tool.schema, &extract(&ask.user)).to_string();
        let id = call_id(ask, &tool.name);
        let calls = vec![Call { id, name: tool.name.clone(), arguments }];
        return Said { text: None, calls, ..Said::default() };
    }
    let text = if let Some(schema) = &ask.schema {
        instance(schema, &extract(&ask.user)).to_string()
    } else if ask.wants_json {
        json!({"answer": extract(&ask.user)}).to_string()
    } else {
        prose(ask)
    };
    Said { text: Some(text), ..Said::default() }
}

/// An id for a call that follows from the request.
pub(super) fn call_id(ask: &Ask, salt: &str) -> String {
    let place = format!("{}/{}/{salt}", ask.texts.len(), ask.texts.concat());
    format!("call_{}", letters_from("tool call", &place, 24))
}

fn wanted_tool(ask: &Ask) -> Option<&Tool> {
    match &ask.choice {
        Choice::None => None,
        Choice::Named(name) => ask.tools.iter().find(|tool| tool.name == *name),
        Choice::Any => named_by_user(ask).or_else(|| ask.tools.first()),
        Choice::Auto if ask.tool_result.is_some() => None,
        Choice::Auto => named_by_user(ask),
    }
}

fn named_by_user(ask: &Ask) -> Option<&Tool> {
    ask.tools.iter().find(|tool| ask.user.contains(&tool.name))
}

fn prose(ask: &Ask) -> String {
    let source = ask.tool_result.as_deref().unwrap_or(&ask.user);
    let is_korean = ask.user.chars().any(|letter| ('가'..='힣').contains(&letter));
    let found = extract(source);
    match (is_korean, ask.tool_result.is_some()) {
        (true, true) => format!("(모의 모델) 도구 결과: {found}"),
        (true, false) => format!("(모의 모델) {found}"),
        (false, true) => format!("(simulated model) Tool result: {found}"),
        (false, false) => format!("(simulated model) {found}"),
    }
}

/// The first sentences of a text, up to 280 characters.
pub(super) fn extract(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    let mut count = 0;
    for sentence in flat.split_inclusive(['.', '!', '?', '。']) {
        let length = sentence.chars().count();
        if count > 0 && count + length > EXTRACT {
            break;
        }
        out.push_str(sentence);
        count += length;
    }
    out.trim().chars().take(EXTRACT).collect()
}

/// Tools from the `parameters` or `input_schema` of a request.
pub(super) fn tool(name: &Value, schema: Option<&Value>) -> Option<Tool> {
    let schema = schema.cloned().unwrap_or_else(|| json!({"type": "object"}));
    name.as_str().map(|name| Tool { name: name.to_owned(), schema })
}

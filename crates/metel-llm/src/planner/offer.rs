//! A tool in one line: what it is called, what it takes, what it gives. The whole schema goes into
//! the grammar, not into the prompt.

use metel_model::Lang;
use metel_model::contract::Contract;
use metel_rules::plan::kinds::{self, Field};
use serde_json::Value;

/// `slack.post_message(channel, text) → permalink · Posts a message to a Slack channel.`
pub(super) fn line(contract: &Contract, lang: Lang) -> String {
    let fields: Vec<String> = kinds::fields(contract).iter().map(field).collect();
    let products: Vec<&str> = contract.produces.keys().map(String::as_str).collect();
    let gives = if products.is_empty() { String::new() } else { format!(" → {}", products.join(", ")) };
    let about: String = plain(contract.description.get(lang)).chars().take(160).collect();
    format!("- {}({}){gives} · {about}", contract.id, fields.join(", "))
}

fn field(field: &Field<'_>) -> String {
    let mut text = field.name.to_owned();
    if !field.required {
        text.push('?');
    }
    if let Some(Value::Array(values)) = field.schema.get("enum") {
        let words: Vec<String> = values
            .iter()
            .take(8)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        text.push_str(&format!(" ({})", words.join("|")));
    }
    text
}

/// A description is the contract writer's, perhaps imported: one line, no marks of ours.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '<' | '>' | '`' | '$') { ' ' } else { c }).collect()
}

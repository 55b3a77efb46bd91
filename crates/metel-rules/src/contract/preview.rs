//! What a person reads before a call: the contract's own words and the exact arguments, never a
//! model's prose. Plain text; bounded; hidden characters show.

use metel_model::Lang;
use metel_model::contract::Contract;
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::Value;

use super::visible::visible;

/// Work that one preview may cost.
const FUEL: u64 = 50_000;
/// Longest preview, in characters.
const CHARS_MAX: usize = 8_000;

/// Renders the contract's preview, or lists the arguments where it has none or it cannot be rendered.
pub(super) fn render(contract: &Contract, lang: Lang, payload: &Value) -> String {
    let text = contract
        .preview
        .as_ref()
        .and_then(|template| fill(template.get(lang), lang, payload).ok())
        .unwrap_or_else(|| listed(contract, lang, payload));
    let text = visible(text.trim_end());
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The template's fault, if it has one.
pub(super) fn check(template: &str) -> Result<(), String> {
    environment().template_from_str(template).map(drop).map_err(|error| error.to_string())
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment
}

fn fill(template: &str, lang: Lang, payload: &Value) -> Result<String, minijinja::Error> {
    let environment = environment();
    let template = environment.template_from_str(template)?;
    template.render(
        context! { input => minijinja::Value::from(minijinja::value::Serde(payload)), ko => lang == Lang::Ko, en => lang == Lang::En },
    )
}

fn listed(contract: &Contract, lang: Lang, payload: &Value) -> String {
    let mut out = contract.title.get(lang).to_owned();
    let Value::Object(fields) = payload else { return out };
    for (name, value) in fields {
        let title = contract.input_schema.pointer(&format!("/properties/{name}/title")).and_then(Value::as_str);
        let shown = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        out.push_str(&format!("\n{}: {shown}", title.unwrap_or(name)));
    }
    out
}

//! JSON inside a model's text: bare, in a code fence, or with words around it. Only whole values
//! count; half a value is no value.

use metel_model::json::{DEPTH_MAX, depth_within};
use serde_json::Value;

/// The one JSON value of `text`, not nested deeper than what is read from outside anywhere.
pub(crate) fn read(text: &str) -> Option<Value> {
    let text = text.trim();
    let whole = serde_json::from_str::<Value>(text).ok();
    let value = whole.or_else(|| fenced(text)).or_else(|| first_object(text))?;
    depth_within(&value, DEPTH_MAX).then_some(value)
}

fn fenced(text: &str) -> Option<Value> {
    let (_, rest) = text.split_once("```")?;
    let (body, _) = rest.split_once("```")?;
    let body = body.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    serde_json::from_str(body.trim()).ok()
}

/// The value that begins at the first brace; what follows it is dropped.
fn first_object(text: &str) -> Option<Value> {
    let at = text.find('{')?;
    let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_values_are_found_and_halves_are_not() {
        assert_eq!(read(r#" {"a": "가"} "#), Some(json!({"a": "가"})));
        assert_eq!(read("Sure!\n```json\n{\"a\": 1}\n```\nDone."), Some(json!({"a": 1})));
        assert_eq!(read(r#"Here: {"a": {"b": "}"}} and so on"#), Some(json!({"a": {"b": "}"}})));
        assert_eq!(read(r#"{"a": {"b": 1}"#), None);
        assert_eq!(read("no"), None);
        assert_eq!(read(&("[".repeat(100) + &"]".repeat(100))), None);
        assert_eq!(read(&"[".repeat(100_000)), None);
    }
}

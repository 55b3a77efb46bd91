//! Cell values: how they come in (`RAW`, `USER_ENTERED`) and how they are shown.

use serde_json::Value;

/// A value as it is kept. `USER_ENTERED` text that reads as a number or truth value becomes one.
pub(super) fn entered(value: &Value, as_user: bool) -> Value {
    match value {
        Value::String(text) if as_user => parsed(text),
        Value::Null => Value::from(""),
        other => other.clone(),
    }
}

fn parsed(text: &str) -> Value {
    let trimmed = text.trim();
    match trimmed {
        "TRUE" | "true" => return Value::Bool(true),
        "FALSE" | "false" => return Value::Bool(false),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix('\'') {
        return Value::from(rest);
    }
    let digits = trimmed.replace(',', "");
    let is_number = digits.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-' || letter == '.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    if is_number {
        if let Ok(whole) = digits.parse::<i64>() {
            return Value::from(whole);
        }
        if let Ok(number) = digits.parse::<f64>() {
            return Value::from(number);
        }
    }
    Value::from(text)
}

/// A value as text, as `FORMATTED_VALUE` answers it.
pub(crate) fn formatted(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "TRUE".to_owned(),
        Value::Bool(false) => "FALSE".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Whether a cell counts as empty.
pub(super) fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn user_entered_text_is_read() {
        let read = |text: &str| entered(&json!(text), true);
        assert_eq!(read("1,200"), json!(1200));
        assert_eq!(read("3.5"), json!(3.5));
        assert_eq!(read("TRUE"), json!(true));
        assert_eq!(read("'007"), json!("007"));
        assert_eq!(read("2026-01-05"), json!("2026-01-05"));
        assert_eq!(read("매출"), json!("매출"));
        assert_eq!(entered(&json!("1,200"), false), json!("1,200"));
    }
}

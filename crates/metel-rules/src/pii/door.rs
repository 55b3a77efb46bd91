//! The `pii` operation of the measuring door.

use serde_json::{Value, json};

use super::scan;

/// Answers `{"op":"pii","text"}` with `{"found":[{"type","start","end"}]}`, offsets
/// in characters, or `{"error"}` when there is no text.
#[must_use]
pub fn door(request: &Value) -> Value {
    let Some(text) = request.get("text").and_then(Value::as_str) else {
        return json!({"error": "text must be a string"});
    };
    let found: Vec<Value> = scan(text)
        .iter()
        .map(|finding| json!({"type": finding.kind, "start": finding.start, "end": finding.end}))
        .collect();
    json!({"found": found})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_characters() {
        let answer = door(&json!({"op": "pii", "text": "연락처는010-1234-5678입니다"}));
        assert_eq!(answer, json!({"found": [{"type": "phone", "start": 4, "end": 17}]}));
        assert!(door(&json!({"op": "pii"})).get("error").is_some());
    }
}

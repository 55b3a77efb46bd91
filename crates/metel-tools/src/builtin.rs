//! Functions inside metel that stand behind a contract like any outside tool: synchronous, pure
//! over their payload. A builtin that is not in the table does not exist.

use metel_model::{Code, Fault};
use serde_json::Value;

/// A builtin's work.
pub type Builtin = fn(&Value) -> Result<Value, Fault>;

const TABLE: &[(&str, Builtin)] = &[("bench.noop", echo), ("bench.page", page), ("metel.echo", echo)];

/// Finds a builtin by name.
pub fn find(name: &str) -> Option<Builtin> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
}

/// Runs a builtin by name.
pub fn call(name: &str, payload: &Value) -> Result<Value, Fault> {
    find(name).ok_or_else(|| Fault::new(Code::ToolUnknown).about(name))?(payload)
}

fn echo(payload: &Value) -> Result<Value, Fault> {
    Ok(payload.clone())
}

/// Words that follow from the page's number alone, so that the same page is always the same.
fn page(payload: &Value) -> Result<Value, Fault> {
    const WORDS: [&str; 16] = [
        "river", "ledger", "signal", "copper", "meadow", "lantern", "orchard", "granite", "window", "harbor", "thread",
        "paper", "winter", "garden", "bridge", "morning",
    ];
    let n = payload.get("n").and_then(Value::as_u64).unwrap_or_default();
    let bytes = payload.get("bytes").and_then(Value::as_u64).unwrap_or_default().min(100_000) as usize;
    let (mut text, mut state) =
        (String::with_capacity(bytes + 8), n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    while text.len() < bytes {
        // A step of xorshift (Marsaglia, 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(WORDS[(state >> 32) as usize % WORDS.len()]);
        text.push(' ');
    }
    text.truncate(bytes);
    Ok(serde_json::json!({ "n": n, "text": text }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_listed_runs() {
        assert_eq!(call("bench.noop", &json!({"n": 1})).unwrap(), json!({"n": 1}));
        assert_eq!(call("bench.nop", &json!({})).unwrap_err().code, Code::ToolUnknown);
    }
}

//! Functions inside metel that stand behind a contract like any outside tool: synchronous, and reaching
//! nothing but their payload and the folders they are given. A builtin that is not in the table does
//! not exist.

mod desk;
mod files;
mod slides;
mod trend;

use metel_model::{Code, Fault};
use serde_json::Value;

pub use desk::Desk;

/// A builtin's work.
pub type Builtin = fn(&Desk, &Value) -> Result<Value, Fault>;

const TABLE: &[(&str, Builtin)] = &[
    ("bench.noop", echo),
    ("bench.page", page),
    ("file.list", files::list),
    ("file.preview_write", files::preview),
    ("file.read", files::read),
    ("file.search", files::search),
    ("file.write", files::write),
    ("metel.echo", echo),
    ("slides.render", slides::render),
    ("trend.detect", trend::detect),
];

/// Finds a builtin by name.
pub fn find(name: &str) -> Option<Builtin> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
}

/// Runs a builtin by name.
pub fn call(name: &str, desk: &Desk, payload: &Value) -> Result<Value, Fault> {
    find(name).ok_or_else(|| Fault::new(Code::ToolUnknown).about(name))?(desk, payload)
}

fn echo(_: &Desk, payload: &Value) -> Result<Value, Fault> {
    Ok(payload.clone())
}

/// Words that follow from the page's number alone, so that the same page is always the same.
fn page(_: &Desk, payload: &Value) -> Result<Value, Fault> {
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

/// A fault of one input.
fn wrong(pointer: &str, en: impl Into<String>, ko: impl Into<String>) -> Fault {
    Fault::new(Code::PayloadInvalid).fields(vec![metel_model::fault::FieldFault::new(pointer, en, ko)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_listed_runs() {
        let desk = Desk::none();
        assert_eq!(call("bench.noop", &desk, &json!({"n": 1})).unwrap(), json!({"n": 1}));
        assert_eq!(call("bench.nop", &desk, &json!({})).unwrap_err().code, Code::ToolUnknown);
    }
}

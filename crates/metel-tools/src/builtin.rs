//! Functions inside metel that stand behind a contract like any outside tool: synchronous, pure
//! over their payload. A builtin that is not in the table does not exist.

use metel_model::{Code, Fault};
use serde_json::Value;

/// A builtin's work.
pub type Builtin = fn(&Value) -> Result<Value, Fault>;

const TABLE: &[(&str, Builtin)] = &[("bench.noop", echo), ("metel.echo", echo)];

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

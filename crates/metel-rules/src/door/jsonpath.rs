//! `{"op":"jsonpath"}`: chooses parts of `document` with `selector`.

use serde_json::{Value, json};

use super::error;
use crate::jsonpath::{Path, PathError};

pub(super) fn answer<'a>(given: impl Fn(&str) -> Option<&'a Value>) -> Value {
    let Some(selector) = given("selector").and_then(Value::as_str) else {
        return error("invalid");
    };
    let document = given("document").unwrap_or(&Value::Null);
    match Path::parse(selector).and_then(|path| path.query(document)) {
        Ok(nodes) => json!({"result": nodes}),
        Err(PathError::Exhausted) => error(PathError::Exhausted),
        Err(_) => error("invalid"),
    }
}

#[cfg(test)]
mod tests {
    use crate::door::answer;
    use serde_json::json;

    #[test]
    fn answers_nodes_or_invalid() {
        let request = json!({"op": "jsonpath", "selector": "$.가[1:]", "document": {"가": [1, 2, 3]}});
        assert_eq!(answer(&request), Some(json!({"result": [2, 3]})));
        let request = json!({"op": "jsonpath", "selector": "$.", "document": {}});
        assert_eq!(answer(&request), Some(json!({"error": "invalid"})));
        assert_eq!(answer(&json!({"op": "jsonpath"})), Some(json!({"error": "invalid"})));
    }
}

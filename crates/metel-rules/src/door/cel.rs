//! `{"op":"cel"}`: evaluates `expr` over `vars` with the default fuel.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{error, typed};
use crate::cel::{Fuel, Program};

pub(super) fn answer<'a>(given: impl Fn(&str) -> Option<&'a Value>) -> Value {
    let Some(expr) = given("expr").and_then(Value::as_str) else {
        return error("expr must be a string");
    };
    let mut variables = BTreeMap::new();
    match given("vars") {
        None | Some(Value::Null) => {}
        Some(Value::Object(vars)) => {
            for (name, value) in vars {
                match typed::decode(value) {
                    Ok(value) => variables.insert(name.clone(), value),
                    Err(why) => return error(format!("vars.{name}: {why}")),
                };
            }
        }
        Some(_) => return error("vars must be an object"),
    }
    let result = Program::compile(expr).and_then(|p| p.evaluate(&variables, Fuel::default()));
    match result {
        Ok(value) => json!({"result": typed::encode(&value)}),
        Err(why) => error(why),
    }
}

#[cfg(test)]
mod tests {
    use crate::door::answer;
    use serde_json::{Value, json};

    fn result(expr: &str, vars: Value) -> Value {
        let answer = answer(&json!({"op": "cel", "expr": expr, "vars": vars}));
        answer.unwrap_or_default()["result"].clone()
    }

    #[test]
    fn answers_with_types() {
        assert_eq!(result("1 + n", json!({"n": 1})), json!({"type": "int", "value": 2}));
        assert_eq!(
            result("[이름, b'a', 1u]".replace("이름", "name").as_str(), json!({"name": "김민수"})),
            json!({"type": "list", "value": [
                {"type": "string", "value": "김민수"},
                {"type": "bytes", "value": "YQ=="},
                {"type": "uint", "value": 1},
            ]})
        );
        assert_eq!(
            result("{1: x}", json!({"x": {"type": "duration", "value": "1.5s"}})),
            json!({"type": "map", "value": [[
                {"type": "int", "value": 1},
                {"type": "duration", "value": "1.5s"},
            ]]})
        );
        assert_eq!(result("null", json!(null)), json!({"type": "null_type", "value": null}));
        assert_eq!(result("type(1)", json!({})), json!({"type": "type", "value": "int"}));
    }

    #[test]
    fn answers_errors_in_words() {
        for request in [
            json!({"op": "cel"}),
            json!({"op": "cel", "expr": "1 +"}),
            json!({"op": "cel", "expr": "1 / 0"}),
            json!({"op": "cel", "expr": "x", "vars": []}),
            json!({"op": "cel", "expr": "x", "vars": {"x": {"type": "int", "value": "a"}}}),
        ] {
            let answer = answer(&request).unwrap_or_default();
            assert!(answer["error"].is_string(), "{request} {answer}");
        }
        assert_eq!(answer(&json!({"op": "other"})), None);
        assert_eq!(answer(&json!(1)), None);
    }
}

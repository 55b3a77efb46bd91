//! Answers of the line-by-line door for expressions: `jsonschema`, `jsonpath` and `cel`. Each runs
//! the product's own code and nothing else. A bad request is answered, never refused with a panic.

mod cel;
mod jsonpath;
mod jsonschema;
mod typed;

use serde_json::{Value, json};

/// Answers one request whose `op` is `jsonschema`, `jsonpath` or `cel`; `None` for other operations.
///
/// | in | out |
/// | --- | --- |
/// | `{"op":"jsonschema","draft","schema","data","remotes":{uri:schema}}` | `{"valid":bool}` or `{"error":text}` |
/// | `{"op":"jsonpath","selector","document"}` | `{"result":[…]}` or `{"error":"invalid"}` |
/// | `{"op":"cel","expr","vars":{…}}` | `{"result":{"type","value"}}` or `{"error":text}` |
pub fn answer(request: &Value) -> Option<Value> {
    let given = |name: &str| request.get(name);
    Some(match given("op")?.as_str()? {
        "jsonschema" => jsonschema::answer(given),
        "jsonpath" => jsonpath::answer(given),
        "cel" => cel::answer(given),
        _ => return None,
    })
}

fn error(message: impl ToString) -> Value {
    json!({"error": message.to_string()})
}

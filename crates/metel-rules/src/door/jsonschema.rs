//! `{"op":"jsonschema"}`: checks `data` against `schema` in `draft`, with `remotes` by URI.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error;
use crate::schema::{Draft, Schema};

pub(super) fn answer<'a>(given: impl Fn(&str) -> Option<&'a Value>) -> Value {
    let (Some(schema), Some(data)) = (given("schema"), given("data")) else {
        return error("schema and data are needed");
    };
    let draft = match given("draft") {
        None | Some(Value::Null) => Some(Draft::default()),
        Some(Value::String(name)) => Draft::named(name),
        Some(number) => Draft::named(&number.to_string()),
    };
    let Some(draft) = draft else {
        return error("an unknown draft");
    };
    let remotes: BTreeMap<String, Value> = match given("remotes") {
        Some(Value::Object(map)) => map.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        _ => BTreeMap::new(),
    };
    match Schema::compile_with(draft, schema, &remotes) {
        Ok(schema) => json!({"valid": schema.is_valid(data)}),
        Err(why) => error(why),
    }
}

#[cfg(test)]
mod tests {
    use crate::door::answer;
    use serde_json::json;

    #[test]
    fn answers_whether_data_fits() {
        let request = |data| {
            json!({"op": "jsonschema", "draft": "2020-12", "data": data,
                "schema": {"$ref": "http://x.test/a"}, "remotes": {"http://x.test/a": {"type": "string"}}})
        };
        assert_eq!(answer(&request(json!("가"))), Some(json!({"valid": true})));
        assert_eq!(answer(&request(json!(1))), Some(json!({"valid": false})));
        let missing = json!({"op": "jsonschema", "schema": {"$ref": "http://x.test/b"}, "data": 1});
        assert!(answer(&missing).unwrap_or_default()["error"].is_string());
        let draft = json!({"op": "jsonschema", "draft": "99", "schema": {}, "data": 1});
        assert!(answer(&draft).unwrap_or_default()["error"].is_string());
    }
}

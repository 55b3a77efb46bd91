//! The request body.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::strict;
use crate::endpoint::Dialect;
use crate::model::{Call, Role};

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    plain: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
}

#[derive(Serialize)]
struct ResponseFormat {
    r#type: &'static str,
    json_schema: JsonSchema,
}

#[derive(Serialize)]
struct JsonSchema {
    name: String,
    strict: bool,
    /// Written by hand: the order of properties matters.
    schema: Box<RawValue>,
}

/// The body as it is sent.
pub(super) fn body(model: &str, dialect: Dialect, call: &Call, stream: bool) -> Result<String, serde_json::Error> {
    let response_format = match (&call.schema, dialect) {
        (None, _) | (_, Dialect::Plain) => None,
        (Some(schema), _) => {
            let sent =
                if dialect == Dialect::OpenAi { strict::narrow(&schema.schema) } else { strict::plain(&schema.schema) };
            let json_schema = JsonSchema {
                name: schema.name.clone(),
                strict: true,
                schema: RawValue::from_string(strict::write(&sent))?,
            };
            Some(ResponseFormat { r#type: "json_schema", json_schema })
        }
    };
    serde_json::to_string(&Body { plain: plain(model, dialect, call, stream), response_format })
}

fn plain(model: &str, dialect: Dialect, call: &Call, stream: bool) -> Value {
    let mut system = call.system.clone();
    if let (Some(schema), Dialect::Plain) = (&call.schema, dialect) {
        system.push_str("\n\nAnswer with exactly one JSON value that fits this JSON Schema, and nothing else:\n");
        system.push_str(&strict::write(&strict::plain(&schema.schema)));
    }
    let mut messages = Vec::with_capacity(call.messages.len() + 1);
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    for message in &call.messages {
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        messages.push(json!({"role": role, "content": message.content}));
    }
    let mut body = json!({"model": model, "messages": messages});
    let limit = match dialect {
        Dialect::OpenAi => "max_completion_tokens",
        Dialect::Compatible | Dialect::Plain => "max_tokens",
    };
    body[limit] = json!(call.max_tokens);
    if let Some(temperature) = call.temperature.filter(|t| t.is_finite()) {
        body["temperature"] = json!(temperature);
    }
    if let Some(seed) = call.seed {
        body["seed"] = json!(seed);
    }
    if stream {
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": true});
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "maxLength": 9}, "b": {"type": "integer"}}, "additionalProperties": false});
        Call::new("be brief", "제목?").schema("answer", schema)
    }

    #[test]
    fn each_dialect_gets_what_it_takes() {
        let body = |model, dialect, call: &Call, stream| -> Value {
            serde_json::from_str(&body(model, dialect, call, stream).unwrap()).unwrap()
        };
        let open = body("m", Dialect::OpenAi, &call(), false);
        assert_eq!(open["response_format"]["json_schema"]["strict"], true);
        assert_eq!(open["response_format"]["json_schema"]["schema"]["required"], json!(["a", "b"]));
        assert_eq!(open["max_completion_tokens"], 1024);
        assert!(open.get("stream").is_none());

        let compatible = body("m", Dialect::Compatible, &call(), true);
        assert_eq!(compatible["response_format"]["json_schema"]["schema"]["properties"]["a"]["maxLength"], 9);
        assert_eq!(compatible["max_tokens"], 1024);
        assert_eq!(compatible["stream_options"]["include_usage"], true);

        let plain = body("m", Dialect::Plain, &call(), false);
        assert!(plain.get("response_format").is_none());
        assert!(plain["messages"][0]["content"].as_str().unwrap().contains("maxLength"));
        assert_eq!(plain["messages"][1]["content"], "제목?");
    }
}

//! What is sent.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::endpoint::Dialect;
use crate::model::{Call, Message, ModelFailure, Part, Role, Tool, ToolChoice};
use crate::wire::{Names, Sent, strict, words};

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

pub(crate) fn write(model: &str, dialect: Dialect, call: &Call, stream: bool) -> Result<Sent, ModelFailure> {
    let body = body(model, dialect, call, stream).map_err(super::super::failure::unwritable)?;
    Ok(Sent { path: "/chat/completions".to_owned(), body })
}

/// The body as it is sent.
fn body(model: &str, dialect: Dialect, call: &Call, stream: bool) -> Result<String, serde_json::Error> {
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
    let names = Names::of(&call.tools);
    let mut body = json!({"model": model, "messages": messages(dialect, call, &names)});
    let limit = match dialect {
        Dialect::OpenAi => "max_completion_tokens",
        Dialect::Compatible | Dialect::Plain => "max_tokens",
    };
    body[limit] = json!(call.max_tokens);
    if let Some(temperature) = call.temperature.filter(|t| t.is_finite()) {
        body["temperature"] = json!(temperature);
    }
    if let Some(top_p) = call.top_p.filter(|p| p.is_finite()) {
        body["top_p"] = json!(top_p);
    }
    if !call.stop.is_empty() {
        body["stop"] = json!(call.stop);
    }
    if let Some(seed) = call.seed {
        body["seed"] = json!(seed);
    }
    if let Some(effort) = call.effort.filter(|_| dialect == Dialect::OpenAi) {
        body["reasoning_effort"] = json!(effort.name());
    }
    if !call.tools.is_empty() && dialect != Dialect::Plain {
        body["tools"] = call.tools.iter().map(|one| tool(one, dialect, &names)).collect();
        body["tool_choice"] = match &call.tool_choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::None => json!("none"),
            ToolChoice::Required => json!("required"),
            ToolChoice::One(name) => json!({"type": "function", "function": {"name": names.wire(name)}}),
        };
        if !call.is_parallel {
            body["parallel_tool_calls"] = json!(false);
        }
    }
    if stream {
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": true});
    }
    body
}

fn tool(tool: &Tool, dialect: Dialect, names: &Names) -> Value {
    let strict = tool.is_strict && dialect == Dialect::OpenAi;
    let parameters = if strict { strict::narrow(&tool.schema) } else { strict::plain(&tool.schema) };
    let mut function =
        json!({"name": names.wire(&tool.name), "description": tool.description, "parameters": parameters});
    if strict {
        function["strict"] = json!(true);
    }
    json!({"type": "function", "function": function})
}

fn messages(dialect: Dialect, call: &Call, names: &Names) -> Vec<Value> {
    let mut system = call.system.clone();
    if dialect == Dialect::Plain {
        if !call.tools.is_empty() {
            system.push_str(&words::offer(&call.tools, &call.tool_choice, call.is_parallel));
        }
        if let Some(schema) = &call.schema {
            system.push_str("\n\nAnswer with exactly one JSON value that fits this JSON Schema, and nothing else:\n");
            system.push_str(&strict::write(&strict::plain(&schema.schema)));
        }
    }
    let mut out = Vec::with_capacity(call.messages.len() + 1);
    if !system.is_empty() {
        out.push(json!({"role": "system", "content": system}));
    }
    for message in &call.messages {
        match dialect {
            Dialect::Plain => out.push(in_words(message)),
            _ => turn(message, names, &mut out),
        }
    }
    out
}

/// One turn. Results of tools are messages of their own here.
fn turn(message: &Message, names: &Names, out: &mut Vec<Value>) {
    let mut content = Vec::new();
    let mut calls = Vec::new();
    let mut has_image = false;
    for part in &message.parts {
        match part {
            Part::Text(text) => content.push(json!({"type": "text", "text": text})),
            Part::Image(image) => {
                has_image = true;
                content.push(json!({"type": "image_url", "image_url": {"url": image.address()}}));
            }
            Part::Call(call) => calls.push(json!({
                "id": call.id, "type": "function",
                "function": {"name": names.wire(&call.name), "arguments": call.arguments.to_string()},
            })),
            Part::Result(result) => {
                out.push(json!({"role": "tool", "tool_call_id": result.call, "content": result.text}))
            }
        }
    }
    let content = if has_image { Value::Array(content) } else { Value::String(message.text()) };
    let is_empty = content.as_str().is_some_and(str::is_empty);
    match message.role {
        Role::User if is_empty && message.parts.iter().any(|part| matches!(part, Part::Result(_))) => {}
        Role::User => out.push(json!({"role": "user", "content": content})),
        Role::Assistant if calls.is_empty() => out.push(json!({"role": "assistant", "content": content})),
        Role::Assistant => {
            let content = if is_empty { Value::Null } else { content };
            out.push(json!({"role": "assistant", "content": content, "tool_calls": calls}));
        }
    }
}

/// One turn for a server that knows words only.
fn in_words(message: &Message) -> Value {
    let texts = message.parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Image(_) => "(an image that cannot be shown here)".to_owned(),
        Part::Call(call) => words::written(call),
        Part::Result(result) => format!("Result of {}: {}", result.name, result.text),
    });
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({"role": role, "content": texts.collect::<Vec<_>>().join("\n")})
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

//! What is sent.

use serde_json::{Value, json};

use super::answers_by_tool;
use crate::model::{Call, Image, Message, ModelFailure, Part, Role, ToolChoice};
use crate::wire::{Names, Sent, strict};

/// Temperatures go to one here, not to two.
const TEMPERATURE_MAX: f64 = 1.0;

pub(crate) fn write(model: &str, call: &Call, stream: bool) -> Result<Sent, ModelFailure> {
    Ok(Sent { path: "/messages".to_owned(), body: body(model, call, stream).to_string() })
}

fn body(model: &str, call: &Call, stream: bool) -> Value {
    let names = Names::of(&call.tools);
    let messages: Vec<Value> = call.messages.iter().map(|message| turn(message, &names)).collect();
    let mut body = json!({"model": model, "max_tokens": call.max_tokens, "messages": messages});
    let mut system = call.system.clone();
    let mut tools: Vec<Value> = call
        .tools
        .iter()
        .map(|tool| {
            json!({"name": names.wire(&tool.name), "description": tool.description, "input_schema": strict::plain(&tool.schema)})
        })
        .collect();
    let mut choice = match &call.tool_choice {
        _ if call.tools.is_empty() => Value::Null,
        ToolChoice::Auto => json!({"type": "auto"}),
        ToolChoice::None => json!({"type": "none"}),
        ToolChoice::Required => json!({"type": "any"}),
        ToolChoice::One(name) => json!({"type": "tool", "name": names.wire(name)}),
    };
    if choice.is_object() && !call.is_parallel && call.tool_choice != ToolChoice::None {
        choice["disable_parallel_tool_use"] = json!(true);
    }
    if let Some(schema) = &call.schema {
        if answers_by_tool(call) {
            tools.push(json!({"name": schema.name, "description": "Takes the answer.", "input_schema": strict::plain(&schema.schema)}));
            choice = json!({"type": "tool", "name": schema.name, "disable_parallel_tool_use": true});
        } else {
            system.push_str("\n\nWhere you answer in words: with exactly one JSON value that fits this JSON Schema, and nothing else:\n");
            system.push_str(&strict::write(&strict::plain(&schema.schema)));
        }
    }
    if call.is_system_cached
        && system.is_empty()
        && let Some(last) = tools.last_mut()
    {
        mark(last);
    }
    if !tools.is_empty() {
        body["tools"] = Value::Array(tools);
        body["tool_choice"] = choice;
    }
    if !system.is_empty() {
        let mut text = json!({"type": "text", "text": system});
        if call.is_system_cached {
            mark(&mut text);
        }
        body["system"] = json!([text]);
    }
    if let Some(temperature) = call.temperature.filter(|t| t.is_finite()) {
        body["temperature"] = json!(temperature.clamp(0.0, TEMPERATURE_MAX));
    } else if let Some(top_p) = call.top_p.filter(|p| p.is_finite()) {
        // Newer models take one of the two.
        body["top_p"] = json!(top_p);
    }
    if !call.stop.is_empty() {
        body["stop_sequences"] = json!(call.stop);
    }
    if stream {
        body["stream"] = json!(true);
    }
    body
}

fn mark(block: &mut Value) {
    block["cache_control"] = json!({"type": "ephemeral"});
}

fn turn(message: &Message, names: &Names) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    // Results come first in a turn; empty texts are refused.
    let rank = |part: &&Part| !matches!(part, Part::Result(_));
    let mut parts: Vec<&Part> = message.parts.iter().collect();
    parts.sort_by_key(rank);
    let mut blocks: Vec<Value> = parts
        .into_iter()
        .filter(|part| !matches!(part, Part::Text(text) if text.is_empty()))
        .map(|part| match part {
            Part::Text(text) => json!({"type": "text", "text": text}),
            Part::Image(Image::Url(url)) => json!({"type": "image", "source": {"type": "url", "url": url}}),
            Part::Image(Image::Bytes { media, base64 }) => {
                json!({"type": "image", "source": {"type": "base64", "media_type": media, "data": base64}})
            }
            Part::Call(call) => {
                json!({"type": "tool_use", "id": call.id, "name": names.wire(&call.name), "input": call.arguments})
            }
            Part::Result(result) => json!({
                "type": "tool_result", "tool_use_id": result.call, "content": result.text, "is_error": result.is_error,
            }),
        })
        .collect();
    if message.is_cache_end
        && let Some(last) = blocks.last_mut()
    {
        mark(last);
    }
    json!({"role": role, "content": blocks})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tool, ToolResult};

    fn tool() -> Tool {
        Tool { name: "slack.post".into(), description: "d".into(), schema: json!({"type": "object"}), is_strict: false }
    }

    #[test]
    fn choices_marks_and_results_are_written() {
        let mut call = Call::new("rules", "보내 줘").tools(vec![tool()], ToolChoice::Required);
        call.is_parallel = false;
        call.is_system_cached = true;
        call.temperature = Some(1.7);
        let result = ToolResult { call: "c".into(), name: "slack.post".into(), text: "no".into(), is_error: true };
        call.messages.push(Message {
            is_cache_end: true,
            ..Message::new(Role::User, vec![Part::Text("and?".into()), Part::Result(result)])
        });
        let body = body("m", &call, false);
        assert_eq!(body["tool_choice"], json!({"type": "any", "disable_parallel_tool_use": true}));
        assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
        assert_eq!(body["messages"][1]["content"][0]["is_error"], true);
        assert_eq!(body["messages"][1]["content"][1]["cache_control"]["type"], "ephemeral");
        assert_eq!(body["temperature"], 1.0);
        assert!(body.get("stream").is_none());
    }

    #[test]
    fn a_schema_alone_is_a_tool_that_must_be_called() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let alone = body("m", &Call::new("", "u").schema("answer", schema.clone()), true);
        assert_eq!((&alone["tool_choice"]["name"], &alone["tools"][0]["input_schema"]), (&json!("answer"), &schema));
        let beside =
            body("m", &Call::new("", "u").schema("answer", schema).tools(vec![tool()], ToolChoice::Auto), true);
        assert_eq!(beside["tools"].as_array().map(Vec::len), Some(1));
        assert!(beside["system"][0]["text"].as_str().unwrap().contains("JSON Schema"));
    }
}

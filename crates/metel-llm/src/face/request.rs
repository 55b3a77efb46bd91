//! A Chat Completions request read into a call. What no other provider could do is refused by name;
//! hints that change nothing of an answer's meaning (`user`, `metadata`, penalties) are left out.

use metel_model::json::{DEPTH_MAX, depth_within};
use metel_model::{Code, Fault};
use serde_json::Value;

use crate::model::{Call, Effort, Image, Message, Part, Role, Tool, ToolCall, ToolChoice, ToolResult};

/// Longest answer where the asker set no limit.
pub(crate) const MAX_TOKENS: u32 = 4_096;
const MESSAGES_MAX: usize = 10_000;
pub(super) const TOOLS_MAX: usize = 512;

type Read<T> = Result<T, Fault>;

/// Reads a body that was looked at by [`super::Peek`].
pub(crate) fn read(bytes: &[u8]) -> Read<Call> {
    let body: Value = serde_json::from_slice(bytes).map_err(|error| Fault::new(Code::JsonMalformed).about(error))?;
    if !depth_within(&body, DEPTH_MAX) {
        return Err(Fault::new(Code::TooDeep));
    }
    for (name, plain) in
        [("n", Value::from(1)), ("logprobs", Value::from(false)), ("functions", Value::Null), ("audio", Value::Null)]
    {
        if body.get(name).is_some_and(|value| !value.is_null() && *value != plain) {
            return Err(wrong(&format!("/{name}"), "this model cannot do that", "이 모델은 할 수 없어요"));
        }
    }
    let messages =
        body.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty() && list.len() <= MESSAGES_MAX);
    let messages =
        messages.ok_or_else(|| wrong("/messages", "must be a list of messages", "메시지 목록이어야 해요"))?;
    let mut system = Vec::new();
    let mut turns: Vec<Message> = Vec::new();
    let mut names: Vec<(String, String)> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let place = format!("/messages/{at}");
        let content = message.get("content").unwrap_or(&Value::Null);
        match text(message, "role") {
            "system" | "developer" => {
                for part in parts(content, &place)? {
                    if let Part::Text(text) = part {
                        system.push(text);
                    }
                }
            }
            "user" => push(&mut turns, Role::User, parts(content, &place)?),
            "assistant" => {
                let mut said = parts(content, &place)?;
                for (n, call) in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().enumerate() {
                    let call = called(call, &format!("{place}/tool_calls/{n}"))?;
                    names.push((call.id.clone(), call.name.clone()));
                    said.push(Part::Call(call));
                }
                push(&mut turns, Role::Assistant, said);
            }
            "tool" => {
                let call = text(message, "tool_call_id").to_owned();
                let name = names.iter().rev().find(|(id, _)| *id == call).map(|(_, name)| name.clone());
                let name = name.ok_or_else(|| {
                    wrong(&place, "answers no call of an earlier turn", "앞선 호출에 대한 답이 아니에요")
                })?;
                let words = parts(content, &place)?;
                let text = Message::new(Role::User, words).text();
                push(&mut turns, Role::User, vec![Part::Result(ToolResult { call, name, text, is_error: false })]);
            }
            _ => return Err(wrong(&format!("{place}/role"), "is no known role", "모르는 역할이에요")),
        }
    }
    let mut call = Call::of(system.join("\n\n"), turns);
    call.is_parallel = body.get("parallel_tool_calls") != Some(&Value::Bool(false));
    call.temperature = number(&body, "temperature", 0.0, 2.0)?;
    call.top_p = number(&body, "top_p", 0.0, 1.0)?;
    call.seed = body.get("seed").and_then(Value::as_u64);
    call.effort = match text(&body, "reasoning_effort") {
        "minimal" | "low" => Some(Effort::Low),
        "medium" => Some(Effort::Medium),
        "high" | "xhigh" => Some(Effort::High),
        _ => None,
    };
    call.stop = match body.get("stop") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).take(4).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let limit = ["max_completion_tokens", "max_tokens"].iter().find_map(|name| body.get(name)?.as_u64());
    call.max_tokens = limit.map_or(MAX_TOKENS, |n| u32::try_from(n).unwrap_or(u32::MAX)).max(1);
    read_tools(&body, &mut call)?;
    read_form(&body, &mut call)?;
    Ok(call)
}

/// Turns of the same side that follow each other are one: providers want them to alternate.
pub(super) fn push(turns: &mut Vec<Message>, role: Role, parts: Vec<Part>) {
    match turns.last_mut() {
        Some(last) if last.role == role => last.parts.extend(parts),
        _ => turns.push(Message::new(role, parts)),
    }
}

fn parts(content: &Value, place: &str) -> Read<Vec<Part>> {
    let list = match content {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) => return Ok(vec![Part::Text(text.clone())]),
        Value::Array(list) => list,
        _ => return Err(wrong(&format!("{place}/content"), "must be a text or a list", "글이나 목록이어야 해요")),
    };
    let read = |(n, part): (usize, &Value)| match text(part, "type") {
        "text" => Ok(Part::Text(text(part, "text").to_owned())),
        "refusal" => Ok(Part::Text(text(part, "refusal").to_owned())),
        "image_url" => {
            let address = part.pointer("/image_url/url").and_then(Value::as_str).unwrap_or_default();
            let bad = || {
                wrong(
                    &format!("{place}/content/{n}"),
                    "is no https or data address of an image",
                    "이미지의 https나 data 주소가 아니에요",
                )
            };
            Image::of_address(address).map(Part::Image).ok_or_else(bad)
        }
        _ => {
            Err(wrong(&format!("{place}/content/{n}/type"), "this model cannot read that", "이 모델이 읽을 수 없어요"))
        }
    };
    list.iter().enumerate().map(read).collect()
}

fn called(call: &Value, place: &str) -> Read<ToolCall> {
    let function = call.get("function").unwrap_or(&Value::Null);
    let arguments: Value = match text(function, "arguments") {
        "" => Value::Object(serde_json::Map::new()),
        words => serde_json::from_str(words).unwrap_or_default(),
    };
    if !arguments.is_object() || !depth_within(&arguments, DEPTH_MAX) {
        return Err(wrong(place, "its arguments are no JSON object", "인자가 JSON 객체가 아니에요"));
    }
    Ok(ToolCall {
        id: text(call, "id").to_owned(),
        name: text(function, "name").to_owned(),
        arguments,
        signature: None,
    })
}

fn read_tools(body: &Value, call: &mut Call) -> Read<()> {
    let tools = body.get("tools").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if tools.len() > TOOLS_MAX {
        return Err(wrong("/tools", "are too many", "너무 많아요"));
    }
    for (n, tool) in tools.iter().enumerate() {
        let function = tool.get("function").unwrap_or(&Value::Null);
        let name = text(function, "name");
        if text(tool, "type") != "function" || name.is_empty() {
            return Err(wrong(&format!("/tools/{n}"), "must be a function with a name", "이름이 있는 함수여야 해요"));
        }
        let empty = || serde_json::json!({"type": "object", "properties": {}});
        call.tools.push(Tool {
            name: name.to_owned(),
            description: text(function, "description").to_owned(),
            schema: function.get("parameters").filter(|schema| schema.is_object()).cloned().unwrap_or_else(empty),
            is_strict: function.get("strict") == Some(&Value::Bool(true)),
        });
    }
    call.tool_choice = match body.get("tool_choice") {
        None | Some(Value::Null) => ToolChoice::Auto,
        Some(Value::String(word)) => match word.as_str() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            _ => return Err(wrong("/tool_choice", "is no known choice", "모르는 값이에요")),
        },
        Some(choice) => {
            let name = choice.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
            if !call.tools.iter().any(|tool| tool.name == name) {
                return Err(wrong("/tool_choice", "names no tool of this request", "이 요청에 없는 도구예요"));
            }
            ToolChoice::One(name.to_owned())
        }
    };
    Ok(())
}

fn read_form(body: &Value, call: &mut Call) -> Read<()> {
    let Some(form) = body.get("response_format").filter(|form| !form.is_null()) else { return Ok(()) };
    match text(form, "type") {
        "text" => {}
        "json_object" => {
            let form = std::mem::replace(call, Call::new("", ""));
            *call = form.schema("answer", serde_json::json!({"type": "object"}));
        }
        "json_schema" => {
            let form = form.get("json_schema").unwrap_or(&Value::Null);
            let schema = form.get("schema").filter(|schema| schema.is_object());
            let schema = schema
                .ok_or_else(|| wrong("/response_format/json_schema/schema", "must be a schema", "스키마여야 해요"))?;
            let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let name: String = text(form, "name").chars().filter(plain).take(64).collect();
            let name = if name.is_empty() { "answer".to_owned() } else { name };
            let asked = std::mem::replace(call, Call::new("", ""));
            *call = asked.schema(&name, schema.clone());
        }
        _ => return Err(wrong("/response_format/type", "is no known form", "모르는 형식이에요")),
    }
    Ok(())
}

pub(super) fn number(body: &Value, name: &str, least: f64, most: f64) -> Read<Option<f64>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64().filter(|n| (least..=most).contains(n)) {
            Some(n) => Ok(Some(n)),
            None => Err(wrong(
                &format!("/{name}"),
                &format!("must be from {least} to {most}"),
                &format!("{least}부터 {most}까지예요"),
            )),
        },
    }
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn wrong(pointer: &str, en: &str, ko: &str) -> Fault {
    Fault::new(Code::FieldInvalid).fields(vec![metel_model::fault::FieldFault::new(pointer, en, ko)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(body: &Value) -> Read<Call> {
        read(body.to_string().as_bytes())
    }

    #[test]
    fn a_conversation_with_tools_is_read() {
        let call = of(&json!({
            "model": "fast", "max_tokens": 50, "tool_choice": {"type": "function", "function": {"name": "post"}},
            "tools": [{"type": "function", "function": {"name": "post", "parameters": {"type": "object"}, "strict": true}}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "a b", "schema": {"type": "object"}}},
            "messages": [
                {"role": "system", "content": "rules"}, {"role": "developer", "content": [{"type": "text", "text": "more"}]},
                {"role": "user", "content": [{"type": "text", "text": "보내"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "post", "arguments": "{\"a\":1}"}}]},
                {"role": "tool", "tool_call_id": "c", "content": "ok"}, {"role": "user", "content": "and?"},
            ],
        }))
        .unwrap();
        assert_eq!((call.system.as_str(), call.max_tokens, call.messages.len()), ("rules\n\nmore", 50, 3));
        assert_eq!(call.messages[2].parts.len(), 2, "a result and what was said after it are one turn");
        assert_eq!(call.tool_choice, ToolChoice::One("post".into()));
        assert_eq!(call.schema.map(|schema| schema.name).as_deref(), Some("ab"));
    }

    #[test]
    fn what_cannot_be_carried_over_is_refused_by_name() {
        let with = |name: &str, value: Value| {
            let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]});
            body[name] = value;
            of(&body).map(|_| ()).unwrap_err().fields[0].pointer.clone()
        };
        assert_eq!(with("n", json!(2)), "/n");
        assert_eq!(with("messages", json!([])), "/messages");
        assert_eq!(with("messages", json!([{"role": "robot"}])), "/messages/0/role");
        assert_eq!(with("messages", json!([{"role": "tool", "tool_call_id": "z", "content": ""}])), "/messages/0");
        assert_eq!(
            with("messages", json!([{"role": "user", "content": [{"type": "input_audio"}]}])),
            "/messages/0/content/0/type"
        );
        assert_eq!(with("tools", json!([{"type": "web"}])), "/tools/0");
        assert_eq!(with("tool_choice", json!("maybe")), "/tool_choice");
        assert_eq!(with("temperature", json!(9)), "/temperature");
        assert!(
            of(&json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "n": 1, "logprobs": null}))
                .is_ok()
        );
    }
}

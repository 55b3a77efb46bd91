//! A Messages request read into a call. What no other provider could do is refused by name; hints that
//! change nothing of an answer's meaning (`metadata`, `service_tier`, `top_k`) are left out, and so are
//! thoughts of earlier turns.

use metel_model::json::{DEPTH_MAX, depth_within};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::super::request::{TOOLS_MAX, number, push, text, wrong};
use crate::model::{Call, Effort, Image, Message, Part, Role, Tool, ToolCall, ToolChoice, ToolResult};

const MESSAGES_MAX: usize = 10_000;
/// Tokens of thought from which on an effort is medium, and high.
const THOUGHT: [u64; 2] = [4_096, 16_384];

type Read<T> = Result<T, Fault>;

/// Reads a body that was looked at by [`super::super::Peek`].
pub(crate) fn read(bytes: &[u8]) -> Read<Call> {
    let (mut call, body) = parse(bytes)?;
    let limit = body.get("max_tokens").and_then(Value::as_u64).filter(|n| *n > 0);
    call.max_tokens = limit
        .map(|n| u32::try_from(n).unwrap_or(u32::MAX))
        .ok_or_else(|| wrong("/max_tokens", "must be a whole number above zero", "0보다 큰 정수여야 해요"))?;
    Ok(call)
}

/// The same of a body that only wants its input counted.
pub(crate) fn read_input(bytes: &[u8]) -> Read<Call> {
    Ok(parse(bytes)?.0)
}

fn parse(bytes: &[u8]) -> Read<(Call, Value)> {
    let body: Value = serde_json::from_slice(bytes).map_err(|error| Fault::new(Code::JsonMalformed).about(error))?;
    if !depth_within(&body, DEPTH_MAX) {
        return Err(Fault::new(Code::TooDeep));
    }
    let messages =
        body.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty() && list.len() <= MESSAGES_MAX);
    let messages =
        messages.ok_or_else(|| wrong("/messages", "must be a list of messages", "메시지 목록이어야 해요"))?;
    let mut turns: Vec<Message> = Vec::new();
    let mut names: Vec<(String, String)> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let place = format!("/messages/{at}");
        let role = match text(message, "role") {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            _ => return Err(wrong(&format!("{place}/role"), "must be user or assistant", "user나 assistant여야 해요")),
        };
        let content = message.get("content").unwrap_or(&Value::Null);
        push(&mut turns, role, blocks(content, role, &place, &mut names)?);
        if let (Some(turn), true) = (turns.last_mut(), is_marked_last(content)) {
            turn.is_cache_end = true;
        }
    }
    let (system, is_system_cached) = system(body.get("system").unwrap_or(&Value::Null))?;
    let mut call = Call::of(system, turns);
    call.is_system_cached = is_system_cached;
    call.temperature = number(&body, "temperature", 0.0, 1.0)?;
    call.top_p = number(&body, "top_p", 0.0, 1.0)?;
    call.effort = effort(&body);
    let stops = body.get("stop_sequences").and_then(Value::as_array);
    call.stop = stops.into_iter().flatten().filter_map(Value::as_str).take(4).map(str::to_owned).collect();
    tools(&body, &mut call)?;
    let form = body.pointer("/output_config/format").or_else(|| body.get("output_format"));
    if let Some(form) = form.filter(|form| !form.is_null()) {
        let schema = form.get("schema").filter(|schema| schema.is_object() && text(form, "type") == "json_schema");
        let wrong = || wrong("/output_config/format", "must be a JSON Schema", "JSON Schema여야 해요");
        call = call.schema("answer", schema.ok_or_else(wrong)?.clone());
    }
    Ok((call, body))
}

fn is_marked(block: &Value) -> bool {
    block.get("cache_control").is_some_and(|mark| !mark.is_null())
}

fn is_marked_last(content: &Value) -> bool {
    content.as_array().and_then(|blocks| blocks.last()).is_some_and(is_marked)
}

fn system(system: &Value) -> Read<(String, bool)> {
    match system {
        Value::Null => Ok((String::new(), false)),
        Value::String(words) => Ok((words.clone(), false)),
        Value::Array(blocks) if blocks.iter().all(|block| text(block, "type") == "text") => {
            let words: Vec<&str> = blocks.iter().map(|block| text(block, "text")).collect();
            Ok((words.join("\n\n"), blocks.iter().any(is_marked)))
        }
        _ => Err(wrong("/system", "must be a text or a list of texts", "글이나 글 목록이어야 해요")),
    }
}

fn blocks(content: &Value, role: Role, place: &str, names: &mut Vec<(String, String)>) -> Read<Vec<Part>> {
    let list = match content {
        Value::String(words) => return Ok(vec![Part::Text(words.clone())]),
        Value::Array(list) => list,
        _ => return Err(wrong(&format!("{place}/content"), "must be a text or a list", "글이나 목록이어야 해요")),
    };
    let mut parts = Vec::with_capacity(list.len());
    for (n, block) in list.iter().enumerate() {
        let place = format!("{place}/content/{n}");
        match (text(block, "type"), role) {
            ("text", _) => parts.push(Part::Text(text(block, "text").to_owned())),
            ("image", Role::User) => parts.push(Part::Image(image(block, &place)?)),
            ("tool_use", Role::Assistant) => {
                let call = called(block, &place)?;
                names.push((call.id.clone(), call.name.clone()));
                parts.push(Part::Call(call));
            }
            ("tool_result", Role::User) => parts.push(Part::Result(result(block, &place, names)?)),
            ("thinking" | "redacted_thinking", Role::Assistant) => {}
            _ => {
                return Err(wrong(&format!("{place}/type"), "this model cannot read that", "이 모델이 읽을 수 없어요"));
            }
        }
    }
    Ok(parts)
}

fn image(block: &Value, place: &str) -> Read<Image> {
    let source = block.get("source").unwrap_or(&Value::Null);
    let address = match text(source, "type") {
        "url" => text(source, "url").to_owned(),
        "base64" => format!("data:{};base64,{}", text(source, "media_type"), text(source, "data")),
        _ => String::new(),
    };
    Image::of_address(&address).ok_or_else(|| {
        wrong(
            &format!("{place}/source"),
            "is no https address and no bytes of an image",
            "이미지의 https 주소나 데이터가 아니에요",
        )
    })
}

fn called(block: &Value, place: &str) -> Read<ToolCall> {
    let input = block.get("input").filter(|input| input.is_object()).cloned();
    Ok(ToolCall {
        id: text(block, "id").to_owned(),
        name: text(block, "name").to_owned(),
        arguments: input
            .ok_or_else(|| wrong(&format!("{place}/input"), "must be a JSON object", "JSON 객체여야 해요"))?,
        signature: None,
    })
}

fn result(block: &Value, place: &str, names: &[(String, String)]) -> Read<ToolResult> {
    let call = text(block, "tool_use_id");
    let name = names.iter().rev().find(|(id, _)| id == call).map(|(_, name)| name.clone());
    let name = name.ok_or_else(|| {
        wrong(&format!("{place}/tool_use_id"), "answers no call of an earlier turn", "앞선 호출에 대한 답이 아니에요")
    })?;
    let words = match block.get("content").unwrap_or(&Value::Null) {
        Value::Null => String::new(),
        Value::String(words) => words.clone(),
        Value::Array(list) if list.iter().all(|part| text(part, "type") == "text") => {
            list.iter().map(|part| text(part, "text")).collect::<Vec<_>>().join("\n")
        }
        _ => {
            return Err(wrong(
                &format!("{place}/content"),
                "a result is text for this model",
                "이 모델에게 결과는 글이어야 해요",
            ));
        }
    };
    let is_error = block.get("is_error") == Some(&Value::Bool(true));
    Ok(ToolResult { call: call.to_owned(), name, text: words, is_error })
}

fn effort(body: &Value) -> Option<Effort> {
    match body.pointer("/output_config/effort").and_then(Value::as_str) {
        Some("low") => return Some(Effort::Low),
        Some("medium") => return Some(Effort::Medium),
        Some("high" | "max") => return Some(Effort::High),
        _ => {}
    }
    let thinking = body.get("thinking")?;
    match text(thinking, "type") {
        "adaptive" => Some(Effort::Medium),
        "enabled" => {
            let budget = thinking.get("budget_tokens").and_then(Value::as_u64).unwrap_or(0);
            Some(match budget {
                n if n >= THOUGHT[1] => Effort::High,
                n if n >= THOUGHT[0] => Effort::Medium,
                _ => Effort::Low,
            })
        }
        _ => None,
    }
}

fn tools(body: &Value, call: &mut Call) -> Read<()> {
    let tools = body.get("tools").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if tools.len() > TOOLS_MAX {
        return Err(wrong("/tools", "are too many", "너무 많아요"));
    }
    for (n, tool) in tools.iter().enumerate() {
        let name = text(tool, "name");
        if !matches!(text(tool, "type"), "" | "custom") || name.is_empty() {
            let (en, ko) = ("must be a tool of yours, with a name", "이름이 있는, 직접 만든 도구여야 해요");
            return Err(wrong(&format!("/tools/{n}"), en, ko));
        }
        let schema = tool.get("input_schema").filter(|schema| schema.is_object()).cloned();
        call.tools.push(Tool {
            name: name.to_owned(),
            description: text(tool, "description").to_owned(),
            schema: schema.unwrap_or_else(|| json!({"type": "object", "properties": {}})),
            is_strict: tool.get("strict") == Some(&Value::Bool(true)),
        });
        call.is_system_cached |= is_marked(tool);
    }
    let Some(choice) = body.get("tool_choice").filter(|choice| !choice.is_null()) else { return Ok(()) };
    call.is_parallel = choice.get("disable_parallel_tool_use") != Some(&Value::Bool(true));
    call.tool_choice = match text(choice, "type") {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" if call.tools.iter().any(|tool| tool.name == text(choice, "name")) => {
            ToolChoice::One(text(choice, "name").to_owned())
        }
        "tool" => return Err(wrong("/tool_choice/name", "names no tool of this request", "이 요청에 없는 도구예요")),
        _ => return Err(wrong("/tool_choice/type", "is no known choice", "모르는 값이에요")),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &Value) -> Read<Call> {
        read(body.to_string().as_bytes())
    }

    #[test]
    fn a_conversation_with_tools_is_read() {
        let call = of(&json!({
            "model": "m", "max_tokens": 9, "system": [{"type": "text", "text": "규칙", "cache_control": {"type": "ephemeral"}}],
            "stop_sequences": ["끝"], "temperature": 0.5, "thinking": {"type": "enabled", "budget_tokens": 5000},
            "tools": [{"name": "post", "input_schema": {"type": "object"}}],
            "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
            "messages": [
                {"role": "user", "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                    {"type": "text", "text": "올려"}]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "…", "signature": "s"},
                    {"type": "tool_use", "id": "c", "name": "post", "input": {"a": 1}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c", "is_error": true,
                        "content": [{"type": "text", "text": "안 됨"}]},
                    {"type": "text", "text": "다시", "cache_control": {"type": "ephemeral"}}]}],
        }))
        .unwrap();
        assert_eq!((call.system.as_str(), call.is_system_cached, call.max_tokens), ("규칙", true, 9));
        assert_eq!((call.effort, call.is_parallel, call.stop.len()), (Some(Effort::Medium), false, 1));
        assert_eq!(call.tool_choice, ToolChoice::Required);
        assert_eq!(call.messages.len(), 3);
        assert_eq!(call.messages[1].parts.len(), 1);
        let Part::Result(result) = &call.messages[2].parts[0] else { panic!("no result") };
        assert_eq!((result.name.as_str(), result.text.as_str(), result.is_error), ("post", "안 됨", true));
        assert!(call.messages[2].is_cache_end);
    }

    #[test]
    fn a_form_is_a_schema() {
        let form = json!({"type": "json_schema", "schema": {"type": "object"}});
        let ask =
            json!({"max_tokens": 5, "messages": [{"role": "user", "content": "x"}], "output_config": {"format": form}});
        assert!(of(&ask).unwrap().schema.is_some());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let with = |name: &str, value: Value| {
            let mut body = json!({"max_tokens": 5, "messages": [{"role": "user", "content": "x"}]});
            body[name] = value;
            of(&body).err().map(|fault| fault.fields[0].pointer.clone()).unwrap_or_default()
        };
        assert_eq!(with("max_tokens", json!(0)), "/max_tokens");
        assert_eq!(with("max_tokens", Value::Null), "/max_tokens");
        assert_eq!(with("messages", json!([])), "/messages");
        assert_eq!(with("messages", json!([{"role": "system", "content": "x"}])), "/messages/0/role");
        assert_eq!(with("messages", json!([{"role": "user", "content": 3}])), "/messages/0/content");
        assert_eq!(
            with("messages", json!([{"role": "user", "content": [{"type": "document"}]}])),
            "/messages/0/content/0/type"
        );
        assert_eq!(
            with("messages", json!([{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "z"}]}])),
            "/messages/0/content/0/tool_use_id"
        );
        let local = json!([{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "http://10.0.0.1/a.png"}}]}]);
        assert_eq!(with("messages", local), "/messages/0/content/0/source");
        assert_eq!(with("tools", json!([{"type": "web_search_20250305", "name": "web"}])), "/tools/0");
        assert_eq!(with("tool_choice", json!({"type": "tool", "name": "x"})), "/tool_choice/name");
        assert_eq!(with("temperature", json!(1.5)), "/temperature");
        assert_eq!(with("system", json!([{"type": "image"}])), "/system");
    }
}

//! What is sent.

use serde_json::{Value, json};

use crate::model::ModelFailure;
use crate::model::{Call, Part, Role, Tool, ToolChoice};
use crate::wire::{Names, Sent, strict};

pub(crate) fn write(model: &str, call: &Call, stream: bool) -> Result<Sent, ModelFailure> {
    Ok(Sent { path: "/responses".to_owned(), body: body(model, call, stream).to_string() })
}

fn body(model: &str, call: &Call, stream: bool) -> Value {
    let names = Names::of(&call.tools);
    let mut body = json!({
        "model": model, "input": input(call, &names), "max_output_tokens": call.max_tokens, "store": false,
    });
    if !call.system.is_empty() {
        body["instructions"] = json!(call.system);
    }
    if let Some(temperature) = call.temperature.filter(|t| t.is_finite()) {
        body["temperature"] = json!(temperature);
    }
    if let Some(top_p) = call.top_p.filter(|p| p.is_finite()) {
        body["top_p"] = json!(top_p);
    }
    if let Some(effort) = call.effort {
        body["reasoning"] = json!({"effort": effort.name()});
    }
    if let Some(schema) = &call.schema {
        let narrow = strict::narrow(&schema.schema);
        body["text"] =
            json!({"format": {"type": "json_schema", "name": schema.name, "strict": true, "schema": narrow}});
    }
    if !call.tools.is_empty() {
        body["tools"] = call.tools.iter().map(|one| tool(one, &names)).collect();
        body["tool_choice"] = match &call.tool_choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::None => json!("none"),
            ToolChoice::Required => json!("required"),
            ToolChoice::One(name) => json!({"type": "function", "name": names.wire(name)}),
        };
        body["parallel_tool_calls"] = json!(call.is_parallel);
    }
    if stream {
        body["stream"] = json!(true);
    }
    body
}

fn tool(tool: &Tool, names: &Names) -> Value {
    let schema = if tool.is_strict { strict::narrow(&tool.schema) } else { strict::plain(&tool.schema) };
    json!({
        "type": "function", "name": names.wire(&tool.name), "description": tool.description,
        "parameters": schema, "strict": tool.is_strict,
    })
}

/// Turns as items; calls and their results are items of their own.
fn input(call: &Call, names: &Names) -> Vec<Value> {
    let mut items = Vec::new();
    for message in &call.messages {
        let (role, kind) = match message.role {
            Role::User => ("user", "input_text"),
            Role::Assistant => ("assistant", "output_text"),
        };
        let mut content = Vec::new();
        let mut after = Vec::new();
        for part in &message.parts {
            match part {
                Part::Text(text) => content.push(json!({"type": kind, "text": text})),
                Part::Image(image) => content.push(json!({"type": "input_image", "image_url": image.address()})),
                Part::Call(call) => after.push(json!({
                    "type": "function_call", "call_id": call.id,
                    "name": names.wire(&call.name), "arguments": call.arguments.to_string(),
                })),
                Part::Result(result) => {
                    items.push(json!({"type": "function_call_output", "call_id": result.call, "output": result.text}));
                }
            }
        }
        if !content.is_empty() {
            items.push(json!({"role": role, "content": content}));
        }
        items.extend(after);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, ToolCall, ToolResult};

    #[test]
    fn turns_calls_and_results_become_items() {
        let mut call = Call::of("be brief", vec![Message::user("보내 줘")]);
        let made =
            ToolCall { id: "c1".into(), name: "slack.post".into(), arguments: json!({"text": "x"}), signature: None };
        call.messages.push(Message::new(Role::Assistant, vec![Part::Call(made)]));
        let result = ToolResult { call: "c1".into(), name: "slack.post".into(), text: "ok".into(), is_error: false };
        call.messages.push(Message::new(Role::User, vec![Part::Result(result)]));
        let tool = Tool {
            name: "slack.post".into(),
            description: "d".into(),
            schema: json!({"type": "object", "properties": {}}),
            is_strict: true,
        };
        let call = call.tools(vec![tool], ToolChoice::One("slack.post".into()));
        let body = body("m", &call, true);
        assert_eq!(body["input"][0], json!({"role": "user", "content": [{"type": "input_text", "text": "보내 줘"}]}));
        assert_eq!(body["input"][1]["name"], "slack_post");
        assert_eq!(body["input"][2], json!({"type": "function_call_output", "call_id": "c1", "output": "ok"}));
        assert_eq!(body["tool_choice"], json!({"type": "function", "name": "slack_post"}));
        assert_eq!((&body["store"], &body["instructions"]), (&json!(false), &json!("be brief")));
        assert_eq!(body["tools"][0]["parameters"]["additionalProperties"], false);
    }
}

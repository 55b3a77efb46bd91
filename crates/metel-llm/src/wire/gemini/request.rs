//! What is sent.

use serde_json::{Map, Value, json};

use crate::model::{Call, Effort, Image, Message, ModelFailure, Part, Role, ToolChoice};
use crate::wire::failure::unsupported;
use crate::wire::{Names, Sent, strict};

pub(crate) fn write(model: &str, call: &Call, stream: bool) -> Result<Sent, ModelFailure> {
    let act = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !model.chars().all(plain) {
        // The model's name is part of the address.
        return Err(unsupported(
            "the model's name holds characters that an address cannot",
            "모델 이름에 주소에 쓸 수 없는 글자가 있어요",
        ));
    }
    Ok(Sent { path: format!("/models/{model}:{act}"), body: body(call)?.to_string() })
}

fn body(call: &Call) -> Result<Value, ModelFailure> {
    let names = Names::of(&call.tools);
    let contents = call.messages.iter().map(|message| turn(message, &names)).collect::<Result<Vec<_>, _>>()?;
    let mut config = Map::new();
    config.insert("maxOutputTokens".into(), json!(call.max_tokens));
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            config.insert(name.into(), value);
        }
    };
    set("temperature", call.temperature.filter(|t| t.is_finite()).map(|t| json!(t)));
    set("topP", call.top_p.filter(|p| p.is_finite()).map(|p| json!(p)));
    set("stopSequences", (!call.stop.is_empty()).then(|| json!(call.stop)));
    // The wire takes 32 bits.
    set("seed", call.seed.map(|seed| json!(seed & 0x7fff_ffff)));
    set("thinkingConfig", call.effort.map(|effort| json!({"thinkingBudget": budget(effort)})));
    if let Some(schema) = &call.schema {
        set("responseMimeType", Some(json!("application/json")));
        set("responseJsonSchema", Some(strict::plain(&schema.schema)));
    }
    let mut body = json!({"contents": contents, "generationConfig": config});
    if !call.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": call.system}]});
    }
    if !call.tools.is_empty() {
        let tools: Vec<Value> = call
            .tools
            .iter()
            .map(|tool| json!({"name": names.wire(&tool.name), "description": tool.description, "parametersJsonSchema": strict::plain(&tool.schema)}))
            .collect();
        body["tools"] = json!([{"functionDeclarations": tools}]);
        let choice = match &call.tool_choice {
            ToolChoice::Auto => json!({"mode": "AUTO"}),
            ToolChoice::None => json!({"mode": "NONE"}),
            ToolChoice::Required => json!({"mode": "ANY"}),
            ToolChoice::One(name) => json!({"mode": "ANY", "allowedFunctionNames": [names.wire(name)]}),
        };
        body["toolConfig"] = json!({"functionCallingConfig": choice});
    }
    Ok(body)
}

/// Thoughts in tokens.
fn budget(effort: Effort) -> u32 {
    match effort {
        Effort::Low => 1_024,
        Effort::Medium => 8_192,
        Effort::High => 24_576,
    }
}

fn turn(message: &Message, names: &Names) -> Result<Value, ModelFailure> {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "model",
    };
    let mut parts = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        parts.push(match part {
            Part::Text(text) => json!({"text": text}),
            Part::Image(Image::Bytes { media, base64 }) => json!({"inlineData": {"mimeType": media, "data": base64}}),
            Part::Image(Image::Url(_)) => {
                return Err(unsupported(
                    "this provider takes images as bytes, not as an address",
                    "이 제공자는 이미지를 주소가 아니라 바이트로만 받아요",
                ));
            }
            Part::Call(call) => {
                let mut part = json!({"functionCall": {"name": names.wire(&call.name), "args": call.arguments}});
                if let Some(signature) = &call.signature {
                    part["thoughtSignature"] = json!(signature);
                }
                part
            }
            Part::Result(result) => {
                let member = if result.is_error { "error" } else { "result" };
                json!({"functionResponse": {"name": names.wire(&result.name), "response": {member: result.text}}})
            }
        });
    }
    Ok(json!({"role": role, "parts": parts}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tool, ToolCall};

    #[test]
    fn turns_tools_and_schemas_are_written() {
        let tool =
            Tool { name: "a.b".into(), description: "d".into(), schema: json!({"type": "object"}), is_strict: false };
        let mut call = Call::new("rules", "u").tools(vec![tool], ToolChoice::One("a.b".into()));
        let made = ToolCall { id: "x".into(), name: "a.b".into(), arguments: json!({}), signature: Some("sig".into()) };
        call.messages.push(Message::new(Role::Assistant, vec![Part::Call(made)]));
        call.seed = Some(7);
        let body = body(&call).unwrap();
        assert_eq!(
            body["toolConfig"]["functionCallingConfig"],
            json!({"mode": "ANY", "allowedFunctionNames": ["a_b"]})
        );
        assert_eq!(body["contents"][1]["parts"][0]["thoughtSignature"], "sig");
        assert_eq!(body["generationConfig"]["seed"], 7);
        assert_eq!(
            write("gemini-2.5-pro", &call, true).unwrap().path,
            "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
        );
        assert!(write("../../x", &call, true).is_err());
        let mut pictured = Call::new("", "u");
        pictured.messages[0].parts.push(Part::Image(Image::Url("https://a.test/x".into())));
        assert!(write("m", &pictured, false).is_err());
    }
}

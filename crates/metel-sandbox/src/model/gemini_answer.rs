//! What was said, as a `GenerateContentResponse` or as several of them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::play::Said;
use super::stream::{event, pieces};

fn finish(said: &Said) -> &'static str {
    match said.finish.as_str() {
        "length" => "MAX_TOKENS",
        "content_filter" => "SAFETY",
        _ => "STOP",
    }
}

fn response(ask: &Ask, parts: Value, said: Option<&Said>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    let mut usage = json!({});
    if let Some(said) = said {
        candidate["finishReason"] = json!(finish(said));
        usage = json!({
            "promptTokenCount": said.usage.input, "candidatesTokenCount": said.usage.output,
            "totalTokenCount": said.usage.input + said.usage.output,
        });
        if said.usage.cached > 0 {
            usage["cachedContentTokenCount"] = json!(said.usage.cached);
        }
    }
    json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": ask.model, "responseId": "sandbox"})
}

/// Calls come whole here; arguments that are no JSON are the sandbox's own fault kind and come as text.
fn calls(said: &Said) -> Vec<Value> {
    let part = |call: &super::play::Call| {
        let args = serde_json::from_str::<Value>(&call.arguments).unwrap_or_else(|_| json!(call.arguments));
        json!({"functionCall": {"name": call.name, "args": args}})
    };
    said.calls.iter().map(part).collect()
}

pub(super) fn whole(ask: &Ask, said: &Said) -> Value {
    let mut parts: Vec<Value> = said.text.iter().map(|text| json!({"text": text})).collect();
    parts.extend(calls(said));
    response(ask, json!(parts), Some(said))
}

pub(super) fn events(ask: &Ask, said: &Said) -> Vec<Bytes> {
    let mut all: Vec<Value> =
        said.text.as_deref().map(pieces).unwrap_or_default().into_iter().map(|piece| json!({"text": piece})).collect();
    all.extend(calls(said));
    let last = all.pop().unwrap_or_else(|| json!({"text": ""}));
    let mut out: Vec<Bytes> =
        all.into_iter().map(|part| event(None, &response(ask, json!([part]), None).to_string())).collect();
    out.push(event(None, &response(ask, json!([last]), Some(said)).to_string()));
    out
}

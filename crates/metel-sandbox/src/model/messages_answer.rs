//! What was said, as an Anthropic message or as its events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::play::Said;
use super::stream::{event, pieces};
use crate::identifier::letters_from;

fn stop_reason(said: &Said) -> &'static str {
    match said.finish.as_str() {
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        _ => "end_turn",
    }
}

fn envelope(ask: &Ask, said: &Said, content: Value, stop: Option<&str>, output: u64) -> Value {
    json!({
        "id": format!("msg_{}", letters_from("message", &ask.texts.concat(), 24)),
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": null,
        "usage": {
            "input_tokens": said.usage.input.saturating_sub(said.usage.cached),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": said.usage.cached,
            "output_tokens": output,
        },
    })
}

fn tool_id(id: &str) -> String {
    format!("toolu_{}", id.strip_prefix("call_").unwrap_or(id))
}

pub(super) fn whole(ask: &Ask, said: &Said) -> Value {
    let text = said.text.iter().map(|text| json!({"type": "text", "text": text}));
    let calls = said.calls.iter().map(|call| {
        // Arguments that are no JSON cannot be said in this protocol; the text itself is sent.
        let input = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!(call.arguments));
        json!({"type": "tool_use", "id": tool_id(&call.id), "name": call.name, "input": input})
    });
    let content: Vec<Value> = text.chain(calls).collect();
    envelope(ask, said, json!(content), Some(stop_reason(said)), said.usage.output)
}

pub(super) fn events(ask: &Ask, said: &Said) -> Vec<Bytes> {
    let mut out = Vec::new();
    let mut push = |kind: &str, mut data: Value| {
        data["type"] = json!(kind);
        out.push(event(Some(kind), &data.to_string()));
    };
    push("message_start", json!({"message": envelope(ask, said, json!([]), None, 1)}));
    let mut index = 0;
    if let Some(text) = &said.text {
        push("content_block_start", json!({"index": 0, "content_block": {"type": "text", "text": ""}}));
        push("ping", json!({}));
        for piece in pieces(text) {
            push("content_block_delta", json!({"index": 0, "delta": {"type": "text_delta", "text": piece}}));
        }
        push("content_block_stop", json!({"index": 0}));
        index = 1;
    }
    for call in &said.calls {
        let block = json!({"type": "tool_use", "id": tool_id(&call.id), "name": call.name, "input": {}});
        push("content_block_start", json!({"index": index, "content_block": block}));
        for piece in pieces(&call.arguments) {
            let delta = json!({"type": "input_json_delta", "partial_json": piece});
            push("content_block_delta", json!({"index": index, "delta": delta}));
        }
        push("content_block_stop", json!({"index": index}));
        index += 1;
    }
    let delta = json!({"stop_reason": stop_reason(said), "stop_sequence": null});
    push("message_delta", json!({"delta": delta, "usage": {"output_tokens": said.usage.output}}));
    push("message_stop", json!({}));
    out
}

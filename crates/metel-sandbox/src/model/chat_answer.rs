//! What was said, as a chat completion or as its chunks.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::play::{Said, Usage};
use super::stream::{event, pieces};
use crate::identifier::letters_from;

fn id(ask: &Ask) -> String {
    format!("chatcmpl-{}", letters_from("chat", &ask.texts.concat(), 29))
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}

pub(super) fn whole(ask: &Ask, said: &Said, created: i64) -> Value {
    let mut message = json!({
        "role": "assistant", "content": said.text, "refusal": null, "annotations": [],
    });
    if !said.calls.is_empty() {
        let calls: Vec<Value> = said
            .calls
            .iter()
            .map(|call| {
                json!({
                    "id": call.id, "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                })
            })
            .collect();
        message["tool_calls"] = json!(calls);
    }
    json!({
        "id": id(ask),
        "object": "chat.completion",
        "created": created,
        "model": ask.model,
        "choices": [{
            "index": 0, "message": message, "logprobs": null, "finish_reason": said.finish,
        }],
        "usage": usage(said.usage),
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    })
}

pub(super) fn events(ask: &Ask, said: &Said, created: i64, with_usage: bool) -> Vec<Bytes> {
    let id = id(ask);
    let chunk = |choices: Value, tail: Option<Value>| {
        let mut out = json!({
            "id": id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": ask.model,
            "system_fingerprint": "fp_sandbox",
            "choices": choices,
        });
        if with_usage {
            out["usage"] = tail.unwrap_or(Value::Null);
        }
        event(None, &out.to_string())
    };
    let delta = |delta: Value, finish: Option<&str>| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let mut out = vec![chunk(delta(json!({"role": "assistant", "content": ""}), None), None)];
    for piece in said.text.as_deref().map(pieces).unwrap_or_default() {
        out.push(chunk(delta(json!({"content": piece}), None), None));
    }
    for (nth, call) in said.calls.iter().enumerate() {
        let head = json!({"tool_calls": [{
            "index": nth, "id": call.id, "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }]});
        out.push(chunk(delta(head, None), None));
        for piece in pieces(&call.arguments) {
            let part = json!({"tool_calls": [{"index": nth, "function": {"arguments": piece}}]});
            out.push(chunk(delta(part, None), None));
        }
    }
    out.push(chunk(delta(json!({}), Some(&said.finish)), None));
    if with_usage {
        out.push(chunk(json!([]), Some(usage(said.usage))));
    }
    out.push(event(None, "[DONE]"));
    out
}

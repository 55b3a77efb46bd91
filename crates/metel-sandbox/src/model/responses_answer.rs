//! What was said, as a response object or as its events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::play::Said;
use super::stream::{event, pieces};
use crate::identifier::letters_from;

fn name(prefix: &str, ask: &Ask, salt: &str) -> String {
    format!("{prefix}_{}", letters_from(prefix, &format!("{salt}/{}", ask.texts.concat()), 40).to_lowercase())
}

fn message(ask: &Ask, text: &str) -> Value {
    json!({
        "type": "message", "id": name("msg", ask, ""), "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
    })
}

fn output(ask: &Ask, said: &Said) -> Vec<Value> {
    let text = said.text.iter().map(|text| message(ask, text));
    let calls = said.calls.iter().enumerate().map(|(nth, call)| {
        json!({
            "type": "function_call", "id": name("fc", ask, &nth.to_string()), "call_id": call.id,
            "name": call.name, "arguments": call.arguments, "status": "completed",
        })
    });
    text.chain(calls).collect()
}

fn envelope(ask: &Ask, said: &Said, created: i64, body: &Value, output: Value, status: &str) -> Value {
    let is_done = status != "in_progress";
    let or = |field: &str, other: Value| body.get(field).cloned().unwrap_or(other);
    let usage = json!({
        "input_tokens": said.usage.input,
        "input_tokens_details": {"cached_tokens": said.usage.cached},
        "output_tokens": said.usage.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": said.usage.input + said.usage.output,
    });
    let incomplete = match said.finish.as_str() {
        "length" if is_done => json!({"reason": "max_output_tokens"}),
        "content_filter" if is_done => json!({"reason": "content_filter"}),
        _ => Value::Null,
    };
    json!({
        "id": name("resp", ask, ""),
        "object": "response",
        "created_at": created,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": incomplete,
        "instructions": or("instructions", Value::Null),
        "max_output_tokens": or("max_output_tokens", Value::Null),
        "metadata": or("metadata", json!({})),
        "model": ask.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "store": false,
        "temperature": or("temperature", json!(1.0)),
        "text": or("text", json!({"format": {"type": "text"}})),
        "tool_choice": or("tool_choice", json!("auto")),
        "tools": or("tools", json!([])),
        "top_p": or("top_p", json!(1.0)),
        "truncation": "disabled",
        "usage": if is_done { usage } else { Value::Null },
    })
}

fn ending(said: &Said) -> &'static str {
    if matches!(said.finish.as_str(), "length" | "content_filter") { "incomplete" } else { "completed" }
}

pub(super) fn whole(ask: &Ask, said: &Said, created: i64, body: &Value) -> Value {
    envelope(ask, said, created, body, json!(output(ask, said)), ending(said))
}

/// Events in the order of the protocol, numbered.
struct Events(Vec<Bytes>);

impl Events {
    fn push(&mut self, kind: &str, mut data: Value) {
        data["type"] = json!(kind);
        data["sequence_number"] = json!(self.0.len());
        self.0.push(event(Some(kind), &data.to_string()));
    }
}

pub(super) fn events(ask: &Ask, said: &Said, created: i64, body: &Value) -> Vec<Bytes> {
    let mut out = Events(Vec::new());
    let begun = envelope(ask, said, created, body, json!([]), "in_progress");
    out.push("response.created", json!({"response": begun}));
    out.push("response.in_progress", json!({"response": begun}));
    for (nth, item) in output(ask, said).into_iter().enumerate() {
        let id = item["id"].clone();
        let mut opened = item.clone();
        opened["status"] = json!("in_progress");
        if item["type"] == "message" {
            opened["content"] = json!([]);
            out.push("response.output_item.added", json!({"output_index": nth, "item": opened}));
            let text = said.text.as_deref().unwrap_or_default();
            let place = |extra: Value| {
                let mut at = json!({"item_id": id, "output_index": nth, "content_index": 0});
                if let (Value::Object(at), Value::Object(extra)) = (&mut at, extra) {
                    at.extend(extra);
                }
                at
            };
            let empty = json!({"type": "output_text", "text": "", "annotations": [], "logprobs": []});
            out.push("response.content_part.added", place(json!({"part": empty})));
            for piece in pieces(text) {
                out.push("response.output_text.delta", place(json!({"delta": piece, "logprobs": []})));
            }
            out.push("response.output_text.done", place(json!({"text": text, "logprobs": []})));
            let part = item["content"][0].clone();
            out.push("response.content_part.done", place(json!({"part": part})));
        } else {
            opened["arguments"] = json!("");
            out.push("response.output_item.added", json!({"output_index": nth, "item": opened}));
            let arguments = item["arguments"].as_str().unwrap_or_default();
            for piece in pieces(arguments) {
                let data = json!({"item_id": id, "output_index": nth, "delta": piece});
                out.push("response.function_call_arguments.delta", data);
            }
            let data = json!({"item_id": id, "output_index": nth, "name": item["name"], "arguments": arguments});
            out.push("response.function_call_arguments.done", data);
        }
        out.push("response.output_item.done", json!({"output_index": nth, "item": item}));
    }
    let done = whole(ask, said, created, body);
    let kind = format!("response.{}", ending(said));
    out.push(&kind, json!({"response": done}));
    out.0
}

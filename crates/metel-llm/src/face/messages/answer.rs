//! An answer of any provider, written as a Message: whole, or as the events of its blocks.

use metel_model::effect::Usage;
use serde_json::{Value, json};

use super::super::answer::Envelope;
use crate::model::{Event, Finish, Reply};

fn stop_reason(reply: &Reply) -> &'static str {
    match reply.finish {
        _ if reply.refusal.is_some() => "refusal",
        Finish::Stop | Finish::Other => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::Filter => "refusal",
    }
}

/// Input is told in three parts that add up.
fn usage(usage: &Usage) -> Value {
    let read = usage.cached_tokens.min(usage.input_tokens);
    let written = usage.cache_written_tokens.min(usage.input_tokens - read);
    json!({
        "input_tokens": usage.input_tokens - read - written, "output_tokens": usage.output_tokens,
        "cache_read_input_tokens": read, "cache_creation_input_tokens": written,
    })
}

fn message(envelope: &Envelope, content: Value, stop: Value, usage: Value) -> Value {
    json!({
        "id": envelope.id, "type": "message", "role": "assistant", "model": envelope.model, "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": usage,
    })
}

pub(crate) fn whole(envelope: &Envelope, reply: &Reply) -> Value {
    let mut blocks = Vec::new();
    for text in [Some(&reply.text), reply.refusal.as_ref()].into_iter().flatten().filter(|text| !text.is_empty()) {
        blocks.push(json!({"type": "text", "text": text}));
    }
    for call in &reply.calls {
        blocks.push(json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}));
    }
    message(envelope, json!(blocks), json!(stop_reason(reply)), usage(&reply.usage))
}

/// Writes events as blocks. Calls of tools are written when they are known to be whole, at the end.
#[derive(Debug)]
pub(crate) struct Blocks {
    envelope: Envelope,
    has_begun: bool,
    /// The text block that is open.
    is_open: bool,
    index: u32,
}

impl Blocks {
    pub fn new(envelope: Envelope) -> Self {
        Self { envelope, has_begun: false, is_open: false, index: 0 }
    }

    pub fn event(&mut self, event: &Event) -> Vec<Value> {
        let mut out = Vec::new();
        let (Event::Text(text) | Event::Refusal(text)) = event else { return out };
        if text.is_empty() {
            return out;
        }
        self.begin(&mut out);
        if !std::mem::replace(&mut self.is_open, true) {
            let block = json!({"type": "text", "text": ""});
            out.push(json!({"type": "content_block_start", "index": self.index, "content_block": block}));
        }
        let delta = json!({"type": "text_delta", "text": text});
        out.push(json!({"type": "content_block_delta", "index": self.index, "delta": delta}));
        out
    }

    /// How much came in is known at the end only; it is told there.
    fn begin(&mut self, out: &mut Vec<Value>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            let nothing = usage(&Usage::default());
            out.push(
                json!({"type": "message_start", "message": message(&self.envelope, json!([]), Value::Null, nothing)}),
            );
        }
    }

    fn close(&mut self, out: &mut Vec<Value>) {
        out.push(json!({"type": "content_block_stop", "index": self.index}));
        self.index += 1;
        self.is_open = false;
    }

    /// The last events of a whole answer.
    pub fn end(mut self, reply: &Reply) -> Vec<Value> {
        let mut out = Vec::new();
        self.begin(&mut out);
        if self.is_open {
            self.close(&mut out);
        }
        for call in &reply.calls {
            let block = json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}});
            out.push(json!({"type": "content_block_start", "index": self.index, "content_block": block}));
            let delta = json!({"type": "input_json_delta", "partial_json": call.arguments.to_string()});
            out.push(json!({"type": "content_block_delta", "index": self.index, "delta": delta}));
            self.close(&mut out);
        }
        let delta = json!({"stop_reason": stop_reason(reply), "stop_sequence": null});
        out.push(json!({"type": "message_delta", "delta": delta, "usage": usage(&reply.usage)}));
        out.push(json!({"type": "message_stop"}));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ToolCall;

    fn envelope() -> Envelope {
        Envelope { id: "msg_1".into(), created: 7, model: "fast".into() }
    }

    fn reply() -> Reply {
        let call = ToolCall { id: "c".into(), name: "post".into(), arguments: json!({"a": "가"}), signature: None };
        let usage = Usage { input_tokens: 9, cached_tokens: 4, output_tokens: 2, ..Usage::default() };
        Reply { text: "안녕".into(), value: None, calls: vec![call], refusal: None, usage, finish: Finish::ToolCalls }
    }

    #[test]
    fn whole_and_streamed_say_the_same() {
        let whole = whole(&envelope(), &reply());
        assert_eq!(whole["content"][1]["input"], json!({"a": "가"}));
        assert_eq!((&whole["stop_reason"], &whole["usage"]["input_tokens"]), (&json!("tool_use"), &json!(5)));
        let mut blocks = Blocks::new(envelope());
        let mut all = blocks.event(&Event::Text("안".into()));
        all.extend(blocks.event(&Event::Text("녕".into())));
        all.extend(blocks.end(&reply()));
        let kinds: Vec<&str> = all.iter().filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(
            kinds,
            [
                "message_start",
                "content_block_start",
                "content_block_delta",
                "content_block_delta",
                "content_block_stop",
                "content_block_start",
                "content_block_delta",
                "content_block_stop",
                "message_delta",
                "message_stop"
            ]
        );
        assert_eq!((&all[5]["index"], &all[5]["content_block"]["name"]), (&json!(1), &json!("post")));
        assert_eq!((&all[8]["delta"]["stop_reason"], &all[8]["usage"]), (&whole["stop_reason"], &whole["usage"]));
    }

    #[test]
    fn an_answer_without_text_has_no_text_block() {
        let all = Blocks::new(envelope()).end(&Reply { calls: Vec::new(), finish: Finish::Stop, ..reply() });
        assert_eq!(all.len(), 3);
        assert_eq!(all[1]["delta"]["stop_reason"], "end_turn");
    }
}

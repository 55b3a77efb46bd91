//! An answer of any provider, written as a Chat Completion: whole, or as chunks.

use metel_model::effect::Usage;
use serde_json::{Value, json};

use crate::model::{Event, Finish, Reply};

/// What every piece of one answer carries.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub id: String,
    /// Seconds since 1970.
    pub created: i64,
    pub model: String,
}

fn finish(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Other => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::Filter => "content_filter",
    }
}

fn usage(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens.saturating_add(usage.output_tokens),
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    })
}

impl Envelope {
    pub fn whole(&self, reply: &Reply) -> Value {
        let content = if reply.text.is_empty() && (!reply.calls.is_empty() || reply.refusal.is_some()) {
            Value::Null
        } else {
            json!(reply.text)
        };
        let mut message = json!({"role": "assistant", "content": content, "refusal": reply.refusal});
        if !reply.calls.is_empty() {
            message["tool_calls"] = reply
                .calls
                .iter()
                .map(|call| {
                    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments.to_string()}})
                })
                .collect();
        }
        json!({
            "id": self.id, "object": "chat.completion", "created": self.created, "model": self.model,
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(reply.finish)}],
            "usage": usage(&reply.usage),
        })
    }

    fn chunk(&self, choices: Value) -> Value {
        json!({"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model, "choices": choices})
    }

    fn delta(&self, delta: Value, finish: Option<&str>) -> Value {
        self.chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]))
    }
}

/// Writes events as chunks. Calls of tools are written when they are known to be whole, at the end.
#[derive(Debug)]
pub(crate) struct Chunks {
    envelope: Envelope,
    has_begun: bool,
}

impl Chunks {
    pub fn new(envelope: Envelope) -> Self {
        Self { envelope, has_begun: false }
    }

    pub fn event(&mut self, event: &Event) -> Vec<Value> {
        let mut out = Vec::new();
        let delta = match event {
            Event::Text(text) => json!({"content": text}),
            Event::Refusal(text) => json!({"refusal": text}),
            _ => return out,
        };
        self.begin(&mut out);
        out.push(self.envelope.delta(delta, None));
        out
    }

    fn begin(&mut self, out: &mut Vec<Value>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            out.push(self.envelope.delta(json!({"role": "assistant", "content": ""}), None));
        }
    }

    /// The last chunks of a whole answer.
    pub fn end(mut self, reply: &Reply, wants_usage: bool) -> Vec<Value> {
        let mut out = Vec::new();
        self.begin(&mut out);
        for (index, call) in reply.calls.iter().enumerate() {
            let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
            let call = json!({"index": index, "id": call.id, "type": "function", "function": function});
            out.push(self.envelope.delta(json!({"tool_calls": [call]}), None));
        }
        out.push(self.envelope.delta(json!({}), Some(finish(reply.finish))));
        if wants_usage {
            let mut last = self.envelope.chunk(json!([]));
            last["usage"] = usage(&reply.usage);
            out.push(last);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ToolCall;

    fn envelope() -> Envelope {
        Envelope { id: "chatcmpl-1".into(), created: 7, model: "fast".into() }
    }

    #[test]
    fn whole_and_streamed_say_the_same() {
        let call = ToolCall { id: "c".into(), name: "post".into(), arguments: json!({"a": "가"}), signature: None };
        let usage = Usage { input_tokens: 5, output_tokens: 2, ..Usage::default() };
        let reply = Reply {
            text: "안녕".into(),
            value: None,
            calls: vec![call],
            refusal: None,
            usage,
            finish: Finish::ToolCalls,
        };
        let whole = envelope().whole(&reply);
        assert_eq!(whole["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"], "{\"a\":\"가\"}");
        let mut chunks = Chunks::new(envelope());
        let mut all = chunks.event(&Event::Text("안녕".into()));
        all.extend(chunks.end(&reply, true));
        let text: String = all.iter().filter_map(|c| c["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(text, "안녕");
        assert_eq!(all[2]["choices"][0]["delta"]["tool_calls"][0]["id"], "c");
        assert_eq!(all[3]["choices"][0]["finish_reason"], "tool_calls");
        assert_eq!(all[4]["usage"], whole["usage"]);
    }
}

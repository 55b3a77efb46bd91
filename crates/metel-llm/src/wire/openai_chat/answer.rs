//! What comes back: a `chat.completion`, or `chat.completion.chunk`s and `[DONE]`.

use serde_json::Value;

use crate::model::{Event, Finish, ModelFailure, Tokens};
use crate::wire::{count, name_of, no_content, text_of};

#[derive(Debug, Default)]
pub(crate) struct Reader {
    has_finished: bool,
    /// The call that parts without an index belong to.
    last: Option<u32>,
}

impl Reader {
    pub(crate) fn whole(&mut self, body: &Value, out: &mut Vec<Event>) -> Result<(), ModelFailure> {
        let choice = body.pointer("/choices/0").ok_or_else(no_content)?;
        out.push(Event::Model(name_of(body, "model")));
        self.part(choice.get("message").unwrap_or(&Value::Null), out);
        out.extend(usage(body));
        out.push(Event::Finish(finish(text_of(choice, "finish_reason"))));
        Ok(())
    }

    pub(crate) fn chunk(&mut self, body: &Value, out: &mut Vec<Event>) -> Result<(), ModelFailure> {
        let model = name_of(body, "model");
        if !model.is_empty() {
            out.push(Event::Model(model));
        }
        out.extend(usage(body));
        let Some(choice) = body.pointer("/choices/0") else { return Ok(()) };
        self.part(choice.get("delta").unwrap_or(&Value::Null), out);
        let why = text_of(choice, "finish_reason");
        if !why.is_empty() {
            self.has_finished = true;
            out.push(Event::Finish(finish(why)));
        }
        Ok(())
    }

    /// `[DONE]`: some servers say nothing else of the end.
    pub(crate) fn done(&mut self, out: &mut Vec<Event>) {
        if !self.has_finished {
            out.push(Event::Finish(Finish::Other));
        }
    }

    /// The members of a message or a delta.
    fn part(&mut self, part: &Value, out: &mut Vec<Event>) {
        let mut say = |member: &str, make: fn(String) -> Event| {
            let text = text_of(part, member);
            if !text.is_empty() {
                out.push(make(text.to_owned()));
            }
        };
        say("reasoning_content", Event::Reasoning);
        say("content", Event::Text);
        say("refusal", Event::Refusal);
        for call in part.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            let id = name_of(call, "id");
            let told = call.get("index").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
            let index = told.unwrap_or_else(|| match (self.last, id.is_empty()) {
                (Some(last), true) => last,
                (Some(last), false) => last.saturating_add(1),
                (None, _) => 0,
            });
            self.last = Some(index);
            let function = call.get("function").unwrap_or(&Value::Null);
            let name = text_of(function, "name");
            if !name.is_empty() {
                out.push(Event::CallBegin { index, id, name: name.to_owned(), signature: None });
            }
            let text = match function.get("arguments") {
                Some(Value::String(text)) => text.clone(),
                // Some servers send the object itself.
                Some(Value::Object(members)) => Value::Object(members.clone()).to_string(),
                _ => String::new(),
            };
            out.push(Event::CallArguments { index, text });
        }
    }
}

fn finish(why: &str) -> Finish {
    match why {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolCalls,
        "content_filter" => Finish::Filter,
        _ => Finish::Other,
    }
}

pub(crate) fn usage(body: &Value) -> Option<Event> {
    let usage = body.get("usage").filter(|usage| usage.is_object())?;
    Some(Event::Usage(Tokens {
        input: count(usage, "/prompt_tokens"),
        output: count(usage, "/completion_tokens"),
        cached: count(usage, "/prompt_tokens_details/cached_tokens"),
        cache_written: None,
        reasoning: count(usage, "/completion_tokens_details/reasoning_tokens"),
    }))
}

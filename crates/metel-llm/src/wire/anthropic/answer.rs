//! What comes back: a `message`, or `message_start` … `message_stop` with blocks between them.

use serde_json::Value;

use super::answers_by_tool;
use crate::model::{Call, Event, Finish, ModelFailure, Tokens};
use crate::wire::{count, index_of, name_of, no_content, text_of};

#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The tool that takes the answer: its arguments are the answer's text.
    answer: Option<String>,
    /// Blocks of it.
    answering: Vec<u32>,
    stop: String,
    fresh: u64,
    read: u64,
    written: u64,
}

impl Reader {
    pub(crate) fn new(call: &Call) -> Self {
        let answer = call.schema.as_ref().filter(|_| answers_by_tool(call)).map(|schema| schema.name.clone());
        Self { answer, ..Self::default() }
    }

    pub(crate) fn whole(&mut self, body: &Value, out: &mut Vec<Event>) -> Result<(), ModelFailure> {
        let blocks = body.get("content").and_then(Value::as_array).ok_or_else(no_content)?;
        out.push(Event::Model(name_of(body, "model")));
        for (index, block) in (0..).zip(blocks) {
            self.begin(index, block, out);
            match text_of(block, "type") {
                "text" => {}
                "tool_use" => {
                    let text = block.get("input").map(Value::to_string).unwrap_or_default();
                    self.arguments(index, text, out);
                }
                _ => {}
            }
        }
        self.usage(body, out);
        self.stop = name_of(body, "stop_reason");
        self.end(out);
        Ok(())
    }

    /// False once the message is over.
    pub(crate) fn event(&mut self, body: &Value, out: &mut Vec<Event>) -> Result<bool, ModelFailure> {
        match text_of(body, "type") {
            "message_start" => {
                let message = body.get("message").ok_or_else(no_content)?;
                out.push(Event::Model(name_of(message, "model")));
                self.usage(message, out);
            }
            "content_block_start" => {
                self.begin(index_of(body, "index"), body.get("content_block").unwrap_or(&Value::Null), out);
            }
            "content_block_delta" => {
                let delta = body.get("delta").unwrap_or(&Value::Null);
                match text_of(delta, "type") {
                    "text_delta" => out.push(Event::Text(text_of(delta, "text").to_owned())),
                    "thinking_delta" => out.push(Event::Reasoning(text_of(delta, "thinking").to_owned())),
                    "input_json_delta" => {
                        self.arguments(index_of(body, "index"), text_of(delta, "partial_json").to_owned(), out);
                    }
                    _ => {}
                }
            }
            "message_delta" => {
                self.usage(body, out);
                self.stop = name_of(body.get("delta").unwrap_or(&Value::Null), "stop_reason");
            }
            "message_stop" => {
                self.end(out);
                return Ok(false);
            }
            _ => {}
        }
        Ok(true)
    }

    fn begin(&mut self, index: u32, block: &Value, out: &mut Vec<Event>) {
        match text_of(block, "type") {
            "text" => {
                let text = text_of(block, "text");
                if !text.is_empty() {
                    out.push(Event::Text(text.to_owned()));
                }
            }
            "tool_use" if self.answer.as_deref() == Some(text_of(block, "name")) => self.answering.push(index),
            "tool_use" => {
                let (id, name) = (name_of(block, "id"), text_of(block, "name").to_owned());
                out.push(Event::CallBegin { index, id, name, signature: None });
            }
            _ => {}
        }
    }

    fn arguments(&mut self, index: u32, text: String, out: &mut Vec<Event>) {
        match self.answering.contains(&index) {
            true => out.push(Event::Text(text)),
            false => out.push(Event::CallArguments { index, text }),
        }
    }

    /// Input is told in three parts, at the start or again at the end.
    fn usage(&mut self, body: &Value, out: &mut Vec<Event>) {
        let Some(usage) = body.get("usage") else { return };
        let fresh = count(usage, "/input_tokens");
        self.fresh = fresh.unwrap_or(self.fresh);
        self.read = count(usage, "/cache_read_input_tokens").unwrap_or(self.read);
        self.written = count(usage, "/cache_creation_input_tokens").unwrap_or(self.written);
        let input = self.fresh.saturating_add(self.read).saturating_add(self.written);
        out.push(Event::Usage(Tokens {
            input: (fresh.is_some() || input > 0).then_some(input),
            output: count(usage, "/output_tokens"),
            cached: Some(self.read),
            cache_written: Some(self.written),
            reasoning: None,
        }));
    }

    fn end(&self, out: &mut Vec<Event>) {
        let finish = match self.stop.as_str() {
            "end_turn" | "stop_sequence" => Finish::Stop,
            "max_tokens" | "model_context_window_exceeded" => Finish::Length,
            "tool_use" if !self.answering.is_empty() => Finish::Stop,
            "tool_use" => Finish::ToolCalls,
            "refusal" => Finish::Filter,
            "" => return,
            _ => Finish::Other,
        };
        out.push(Event::Finish(finish));
    }
}

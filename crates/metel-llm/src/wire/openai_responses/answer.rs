//! What comes back: a `response`, or typed events that end with `response.completed`,
//! `response.incomplete` or `response.failed`.

use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::model::{Event, Finish, ModelFailure, Tokens};
use crate::wire::failure::{error_of, of_words};
use crate::wire::{count, index_of, name_of, no_content, text_of};

#[derive(Debug, Default)]
pub(crate) struct Reader {
    has_calls: bool,
}

impl Reader {
    pub(crate) fn whole(
        &mut self,
        endpoint: &Endpoint,
        body: &Value,
        out: &mut Vec<Event>,
    ) -> Result<(), ModelFailure> {
        let items = body.get("output").and_then(Value::as_array).ok_or_else(no_content)?;
        for (index, item) in (0..).zip(items) {
            match text_of(item, "type") {
                "message" => {
                    for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
                        match text_of(part, "type") {
                            "output_text" => out.push(Event::Text(text_of(part, "text").to_owned())),
                            "refusal" => out.push(Event::Refusal(text_of(part, "refusal").to_owned())),
                            _ => {}
                        }
                    }
                }
                "function_call" => {
                    self.begin(index, item, out);
                    let text = text_of(item, "arguments").to_owned();
                    out.push(Event::CallArguments { index, text });
                }
                _ => {}
            }
        }
        self.end(endpoint, body, out)
    }

    /// False once the response is over.
    pub(crate) fn event(
        &mut self,
        endpoint: &Endpoint,
        body: &Value,
        out: &mut Vec<Event>,
    ) -> Result<bool, ModelFailure> {
        let delta = || text_of(body, "delta").to_owned();
        match text_of(body, "type") {
            "response.output_text.delta" => out.push(Event::Text(delta())),
            "response.refusal.delta" => out.push(Event::Refusal(delta())),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                out.push(Event::Reasoning(delta()))
            }
            "response.output_item.added" => {
                let item = body.get("item").unwrap_or(&Value::Null);
                if text_of(item, "type") == "function_call" {
                    self.begin(index_of(body, "output_index"), item, out);
                }
            }
            "response.function_call_arguments.delta" => {
                out.push(Event::CallArguments { index: index_of(body, "output_index"), text: delta() });
            }
            "response.created" => {
                out.push(Event::Model(name_of(body.get("response").unwrap_or(&Value::Null), "model")));
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.end(endpoint, body.get("response").unwrap_or(&Value::Null), out)?;
                return Ok(false);
            }
            "error" => {
                let words = endpoint.clean(text_of(body, "message"));
                return Err(of_words(&words, text_of(body, "code"), true));
            }
            _ => {}
        }
        Ok(true)
    }

    fn begin(&mut self, index: u32, item: &Value, out: &mut Vec<Event>) {
        self.has_calls = true;
        let (id, name) = (name_of(item, "call_id"), text_of(item, "name").to_owned());
        out.push(Event::CallBegin { index, id, name, signature: None });
    }

    fn end(&self, endpoint: &Endpoint, response: &Value, out: &mut Vec<Event>) -> Result<(), ModelFailure> {
        if let Some((words, code)) = error_of(endpoint, response) {
            return Err(of_words(&words, &code, true));
        }
        out.push(Event::Model(name_of(response, "model")));
        if let Some(usage) = response.get("usage").filter(|usage| usage.is_object()) {
            out.push(Event::Usage(Tokens {
                input: count(usage, "/input_tokens"),
                output: count(usage, "/output_tokens"),
                cached: count(usage, "/input_tokens_details/cached_tokens"),
                cache_written: None,
                reasoning: count(usage, "/output_tokens_details/reasoning_tokens"),
            }));
        }
        let finish = match text_of(response, "status") {
            "completed" if self.has_calls => Finish::ToolCalls,
            "completed" => Finish::Stop,
            "incomplete" => match response.pointer("/incomplete_details/reason").and_then(Value::as_str) {
                Some("max_output_tokens") => Finish::Length,
                Some("content_filter") => Finish::Filter,
                _ => Finish::Other,
            },
            "failed" => return Err(of_words("the response failed", "", true)),
            // Still under way, cancelled, or nothing that is known: no end.
            _ => return Ok(()),
        };
        out.push(Event::Finish(finish));
        Ok(())
    }
}

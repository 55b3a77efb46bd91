//! An answer put together from its events. What did not end is no answer, and a call whose arguments
//! are not one whole JSON object is no call: then nothing of the answer is used.

use std::collections::BTreeMap;

use metel_model::effect::Usage;
use metel_model::json::{DEPTH_MAX, depth_within};
use serde_json::Value;

use crate::endpoint::{Dialect, Endpoint, Protocol};
use crate::json_text;
use crate::model::{Call, Event, Finish, ModelFailure, Reply, TEXT_BYTES_MAX, Tokens, ToolCall};
use crate::wire::{Names, strict, words};

/// Most calls of one answer.
const CALLS_MAX: usize = 128;

/// What has come so far.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    model: String,
    text: String,
    refusal: String,
    calls: BTreeMap<u32, Half>,
    arguments_bytes: usize,
    tokens: Tokens,
    finish: Option<Finish>,
}

/// A call that may still be growing.
#[derive(Debug, Default)]
struct Half {
    id: String,
    name: String,
    signature: Option<String>,
    arguments: String,
}

impl Gather {
    pub(crate) fn take(&mut self, event: &Event) -> Result<(), ModelFailure> {
        match event {
            Event::Model(name) => {
                if self.model.is_empty() {
                    self.model = name.chars().take(200).collect();
                }
            }
            Event::Text(text) => self.text.push_str(text),
            Event::Reasoning(_) => {}
            Event::Refusal(text) => self.refusal.push_str(text),
            Event::CallBegin { index, id, name, signature } => {
                let half = self.calls.entry(*index).or_default();
                if half.name.is_empty() {
                    *half =
                        Half { id: id.clone(), name: name.clone(), signature: signature.clone(), ..Half::default() };
                }
            }
            Event::CallArguments { index, text } => {
                self.arguments_bytes += text.len();
                self.calls.entry(*index).or_default().arguments.push_str(text);
            }
            Event::Usage(tokens) => self.tokens.update(*tokens),
            Event::Finish(finish) => self.finish = Some(*finish),
        }
        let longest = self.text.len().max(self.refusal.len()).max(self.arguments_bytes);
        if longest > TEXT_BYTES_MAX || self.calls.len() > CALLS_MAX {
            let failure = ModelFailure::bad_answer(
                format!("the answer is longer than {TEXT_BYTES_MAX} bytes or has more than {CALLS_MAX} calls"),
                format!("답이 {TEXT_BYTES_MAX}바이트를 넘거나 도구를 {CALLS_MAX}번 넘게 불렀어요"),
            );
            return Err(failure.ambiguous().lasting());
        }
        Ok(())
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.finish.is_some()
    }

    /// The whole answer, once nothing more comes.
    pub(crate) fn reply(self, endpoint: &Endpoint, call: &Call) -> Result<Reply, ModelFailure> {
        let usage = self.usage(endpoint);
        let Some(finish) = self.finish else {
            let failure = ModelFailure::cut();
            return Err(match self.tokens.output {
                Some(_) => failure.used(usage),
                None => failure,
            });
        };
        let plain = endpoint.protocol == Protocol::OpenAiChat(Dialect::Plain);
        let mut finish = finish;
        let mut text = self.text;
        let mut calls = whole(self.calls, finish, endpoint, call).map_err(|failure| failure.used(usage.clone()))?;
        if plain && !call.tools.is_empty() {
            (text, calls) = words::read(&text, &call.tools).map_err(|failure| failure.used(usage.clone()))?;
            if !calls.is_empty() {
                finish = Finish::ToolCalls;
            }
        }
        let value = call.schema.as_ref().and_then(|schema| {
            let mut value = json_text::read(&text)?;
            if endpoint.protocol.narrows_schemas() {
                strict::drop_nulls(&mut value, &schema.schema);
            }
            Some(value)
        });
        let refusal = (!self.refusal.is_empty()).then(|| endpoint.clean(&self.refusal));
        Ok(Reply { text, value, calls, refusal, usage, finish })
    }

    /// Tokens as the provider says; the cost only where a price is known and tokens were told.
    fn usage(&self, endpoint: &Endpoint) -> Usage {
        let model = if self.model.is_empty() { endpoint.model.clone() } else { endpoint.clean(&self.model) };
        let Tokens { input, output, cached, cache_written, reasoning } = self.tokens;
        let mut usage = Usage {
            model,
            input_tokens: input.unwrap_or_default(),
            output_tokens: output.unwrap_or_default(),
            cached_tokens: cached.unwrap_or_default(),
            cache_written_tokens: cache_written.unwrap_or_default(),
            reasoning_tokens: reasoning.unwrap_or_default(),
            cost: None,
        };
        if input.is_some() && output.is_some() {
            usage.cost = endpoint.price.and_then(|price| price.cost(&usage));
        }
        usage
    }
}

/// Every call with its arguments read, or a failure: half a call is none.
fn whole(
    halves: BTreeMap<u32, Half>,
    finish: Finish,
    endpoint: &Endpoint,
    call: &Call,
) -> Result<Vec<ToolCall>, ModelFailure> {
    if !halves.is_empty() && finish == Finish::Length {
        return Err(ModelFailure::bad_answer(
            "the answer was cut off at the token limit in the middle of its calls",
            "도구를 부르는 답이 토큰 한도에서 잘렸어요",
        ));
    }
    let names = Names::of(&call.tools);
    let mut calls = Vec::with_capacity(halves.len());
    for (index, half) in halves {
        let name = endpoint.clean(&half.name);
        let bad = |en: &str, ko: &str| {
            ModelFailure::bad_answer(format!("call of {name}: {en}"), format!("{name} 호출: {ko}"))
        };
        let text = if half.arguments.trim().is_empty() { "{}" } else { half.arguments.as_str() };
        let arguments: Value = serde_json::from_str(text)
            .map_err(|_| bad("its arguments are not one whole JSON value", "인자가 온전한 JSON이 아니에요"))?;
        if !arguments.is_object() || !depth_within(&arguments, DEPTH_MAX) {
            return Err(bad("its arguments are no object, or nested too deep", "인자가 객체가 아니거나 너무 깊어요"));
        }
        let Some(own) = names.own(&half.name) else {
            return Err(bad("there is no such tool in this call", "이 요청에 없는 도구예요"));
        };
        let mut arguments = arguments;
        if endpoint.protocol.narrows_schemas()
            && let Some(tool) = call.tools.iter().find(|tool| tool.name == own && tool.is_strict)
        {
            strict::drop_nulls(&mut arguments, &tool.schema);
        }
        let id = if half.id.is_empty() { format!("call_{index}") } else { half.id };
        calls.push(ToolCall { id, name: own, arguments, signature: half.signature });
    }
    Ok(calls)
}

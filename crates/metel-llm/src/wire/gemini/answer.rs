//! What comes back: a `GenerateContentResponse`, or several of them as events. The last one says why
//! it ended; calls come whole and without ids.

use serde_json::Value;

use crate::model::{Event, Finish, ModelFailure, Tokens};
use crate::wire::{count, name_of, no_content, text_of};

#[derive(Debug, Default)]
pub(crate) struct Reader {
    calls: u32,
}

impl Reader {
    pub(crate) fn chunk(&mut self, body: &Value, out: &mut Vec<Event>) -> Result<(), ModelFailure> {
        let model = name_of(body, "modelVersion");
        if !model.is_empty() {
            out.push(Event::Model(model));
        }
        if let Some(usage) = body.get("usageMetadata") {
            let thoughts = count(usage, "/thoughtsTokenCount");
            let said = count(usage, "/candidatesTokenCount");
            out.push(Event::Usage(Tokens {
                input: count(usage, "/promptTokenCount"),
                output: said.or(thoughts).map(|_| said.unwrap_or(0).saturating_add(thoughts.unwrap_or(0))),
                cached: count(usage, "/cachedContentTokenCount"),
                cache_written: None,
                reasoning: thoughts,
            }));
        }
        if let Some(why) = body.pointer("/promptFeedback/blockReason").and_then(Value::as_str) {
            out.push(Event::Refusal(format!("blocked: {}", why.chars().take(80).collect::<String>())));
            out.push(Event::Finish(Finish::Filter));
            return Ok(());
        }
        let Some(candidate) = body.pointer("/candidates/0") else {
            return if body.get("usageMetadata").is_some() { Ok(()) } else { Err(no_content()) };
        };
        for part in candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten() {
            self.part(part, out);
        }
        let finish = match text_of(candidate, "finishReason") {
            "" => return Ok(()),
            "STOP" if self.calls > 0 => Finish::ToolCalls,
            "STOP" => Finish::Stop,
            "MAX_TOKENS" => Finish::Length,
            "SAFETY" | "RECITATION" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "SPII" | "IMAGE_SAFETY" => Finish::Filter,
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" => {
                return Err(ModelFailure::bad_answer(
                    "the model wrote a call that is none",
                    "모델이 도구 호출을 잘못 썼어요",
                )
                .ambiguous());
            }
            _ => Finish::Other,
        };
        out.push(Event::Finish(finish));
        Ok(())
    }

    fn part(&mut self, part: &Value, out: &mut Vec<Event>) {
        if let Some(call) = part.get("functionCall") {
            let index = self.calls;
            self.calls += 1;
            let signature = part.get("thoughtSignature").and_then(Value::as_str).map(str::to_owned);
            let (id, name) = (name_of(call, "id"), text_of(call, "name").to_owned());
            out.push(Event::CallBegin { index, id, name, signature });
            let text = call.get("args").filter(|args| !args.is_null()).map(Value::to_string).unwrap_or_default();
            out.push(Event::CallArguments { index, text });
            return;
        }
        let text = text_of(part, "text");
        if text.is_empty() {
            return;
        }
        match part.get("thought") == Some(&Value::Bool(true)) {
            true => out.push(Event::Reasoning(text.to_owned())),
            false => out.push(Event::Text(text.to_owned())),
        }
    }
}

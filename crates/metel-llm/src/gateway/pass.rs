//! A request passed on as it came, for targets that speak the asker's own protocol (OpenAI's). Its
//! bytes are not taken apart more than metering needs.

use bytes::{Bytes, BytesMut};
use metel_model::effect::Usage;
use metel_net::Streamed;
use serde::Deserialize;

use super::door::{Door, Tries, holding, total};
use super::estimate::tokens_of_bytes;
use super::meter::{Asking, Hold};
use super::target::{Target, outcome};
use crate::endpoint::Endpoint;
use crate::lane::{Outcome, Turn};
use crate::model::ModelFailure;
use crate::sse::EVENT_BYTES_MAX;
use crate::wire::Learnt;
use crate::wire::failure::{Head, of_net};

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Passed<'a> {
    /// Under the target's base address.
    pub path: &'a str,
    pub body: Bytes,
    pub asking: Asking,
    pub timeout_ms: u64,
}

/// An answer on its way back: whole events of a stream, as they came.
pub struct Flow {
    streamed: Streamed,
    endpoint: Endpoint,
    asking: Asking,
    /// Given on and settled when the flow ends, or is dropped.
    books: Option<(Turn, Box<dyn Hold>, Learnt)>,
    pending: BytesMut,
    /// Whether the asker wanted the event with the counts.
    shows_usage: bool,
    usage: Option<Usage>,
    bytes: usize,
    has_finished: bool,
    is_over: bool,
}

/// Counts as the Chat Completions and Embeddings answers tell them.
#[derive(Deserialize)]
struct Counted<'a> {
    #[serde(borrow, default)]
    model: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    usage: Option<Counts>,
    #[serde(borrow, default)]
    choices: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
    #[serde(default)]
    completion_tokens_details: Option<Details>,
}

#[derive(Deserialize, Default)]
struct Details {
    #[serde(default)]
    cached_tokens: Option<u64>,
    #[serde(default)]
    reasoning_tokens: Option<u64>,
}

fn usage_of(endpoint: &Endpoint, counted: &Counted<'_>) -> Option<Usage> {
    let counts = counted.usage.as_ref()?;
    let mut usage = Usage {
        model: counted.model.as_deref().map_or_else(|| endpoint.model.clone(), |model| endpoint.clean(model)),
        input_tokens: counts.prompt_tokens,
        output_tokens: counts.completion_tokens,
        cached_tokens: counts.prompt_tokens_details.as_ref().and_then(|d| d.cached_tokens).unwrap_or(0),
        reasoning_tokens: counts.completion_tokens_details.as_ref().and_then(|d| d.reasoning_tokens).unwrap_or(0),
        ..Usage::default()
    };
    usage.cost = endpoint.price.and_then(|price| price.cost(&usage));
    Some(usage)
}

impl Door {
    /// Passes a request on and the whole answer back.
    pub async fn pass_whole(&self, target: &Target, passed: &Passed<'_>) -> Result<Bytes, ModelFailure> {
        let endpoint = target.client.endpoint();
        let mut tries = Tries::new(self.retry);
        loop {
            let (turn, hold) = self.begin(target, passed.asking).await?;
            let failure = match target.client.send(passed.path, passed.body.clone(), passed.timeout_ms).await {
                Ok((head, body)) if head.is_json() => match serde_json::from_slice::<Counted<'_>>(&body) {
                    Ok(counted) => {
                        let usage = usage_of(endpoint, &counted);
                        hold.settle(usage.as_ref());
                        turn.end(Outcome::Answered, head.learnt, usage.as_ref().map(total));
                        return Ok(body);
                    }
                    Err(error) => ModelFailure::bad_answer(
                        format!("the answer is not JSON: {error}"),
                        format!("답이 올바른 JSON이 아니에요: {error}"),
                    )
                    .ambiguous(),
                },
                Ok((head, _)) => not_json(endpoint, &head),
                Err(failure) => failure,
            };
            hold.settle(None);
            turn.end(outcome(&failure), holding(Learnt::default(), &failure), None);
            tries.after(failure).await?;
        }
    }

    /// Passes a request on; the answer follows as events. It is tried again only as long as nothing came.
    pub async fn pass_stream(
        &self,
        target: &Target,
        passed: &Passed<'_>,
        shows_usage: bool,
    ) -> Result<Flow, ModelFailure> {
        let endpoint = target.client.endpoint();
        let mut tries = Tries::new(self.retry);
        loop {
            let (turn, hold) = self.begin(target, passed.asking).await?;
            let failure = match target.client.open(passed.path, passed.body.clone(), passed.timeout_ms).await {
                Ok((head, streamed)) if head.is_event_stream() => {
                    return Ok(Flow {
                        streamed,
                        endpoint: endpoint.clone(),
                        asking: passed.asking,
                        books: Some((turn, hold, head.learnt)),
                        pending: BytesMut::new(),
                        shows_usage,
                        usage: None,
                        bytes: 0,
                        has_finished: false,
                        is_over: false,
                    });
                }
                Ok((head, _)) => not_json(endpoint, &head),
                Err(failure) => failure,
            };
            hold.settle(None);
            turn.end(outcome(&failure), holding(Learnt::default(), &failure), None);
            tries.after(failure).await?;
        }
    }
}

fn not_json(endpoint: &Endpoint, head: &Head) -> ModelFailure {
    let kind = endpoint.clean(&head.content_type);
    ModelFailure::bad_answer(format!("the answer is `{kind}`"), format!("답이 `{kind}`이에요")).ambiguous()
}

impl Flow {
    /// The next whole events; none after the last. An answer that breaks off ends with a failure.
    pub async fn next(&mut self) -> Option<Result<Bytes, ModelFailure>> {
        loop {
            if self.is_over {
                return None;
            }
            let piece = match self.streamed.next().await {
                Some(Ok(piece)) => piece,
                Some(Err(failure)) if !self.has_finished => return Some(Err(self.fail(of_net(failure).ambiguous()))),
                None if !self.has_finished => return Some(Err(self.fail(ModelFailure::cut()))),
                Some(Err(_)) | None => {
                    self.close(Outcome::Answered);
                    return None;
                }
            };
            self.bytes += piece.len();
            self.pending.extend_from_slice(&piece);
            if self.pending.len() > EVENT_BYTES_MAX {
                let failure =
                    ModelFailure::bad_answer("an event of the stream is too long", "스트림 이벤트가 너무 길어요");
                return Some(Err(self.fail(failure.lasting())));
            }
            let ready = self.ready();
            if !ready.is_empty() {
                return Some(Ok(ready));
            }
        }
    }

    /// The whole events of what came, without the counts where nobody asked for them.
    fn ready(&mut self) -> Bytes {
        let mut kept = BytesMut::new();
        while let Some(end) = event_end(&self.pending) {
            let event = self.pending.split_to(end);
            if self.look(&event) {
                if kept.is_empty() {
                    kept = event;
                } else {
                    kept.unsplit(event);
                }
            }
        }
        kept.freeze()
    }

    /// Notes what an event says of the end and of counts; whether it is shown.
    fn look(&mut self, event: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(event) else { return true };
        if text.contains("[DONE]") && text.trim_end().ends_with("data: [DONE]") {
            self.has_finished = true;
            self.close(Outcome::Answered);
            self.is_over = true;
            return true;
        }
        if text.contains("\"finish_reason\"") && !text.contains("\"finish_reason\":null") {
            self.has_finished = true;
        }
        if !text.contains("\"usage\"") || text.contains("\"usage\":null") {
            return true;
        }
        let data = text.lines().find_map(|line| line.strip_prefix("data:")).unwrap_or_default();
        let Ok(counted) = serde_json::from_str::<Counted<'_>>(data) else { return true };
        let Some(usage) = usage_of(&self.endpoint, &counted) else { return true };
        self.usage = Some(usage);
        let is_counts_alone = counted.choices.is_none_or(|choices| choices.get() == "[]");
        self.shows_usage || !is_counts_alone
    }

    fn fail(&mut self, failure: ModelFailure) -> ModelFailure {
        self.is_over = true;
        self.close(outcome(&failure));
        failure
    }

    /// Settles and frees the turn, once.
    fn close(&mut self, outcome: Outcome) {
        let Some((turn, hold, learnt)) = self.books.take() else { return };
        if self.usage.is_none() && outcome != Outcome::Answered && self.bytes > 0 {
            // Work was done that nobody counted. It is not free: whoever hangs up early would pay nothing.
            let mut usage = Usage {
                model: self.endpoint.model.clone(),
                input_tokens: self.asking.input_tokens,
                output_tokens: tokens_of_bytes(self.bytes / 10).min(self.asking.output_tokens.max(1)),
                ..Usage::default()
            };
            usage.cost = self.endpoint.price.and_then(|price| price.cost(&usage));
            self.usage = Some(usage);
        }
        hold.settle(self.usage.as_ref());
        turn.end(outcome, learnt, self.usage.as_ref().map(total));
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.close(if self.has_finished { Outcome::Answered } else { Outcome::Dropped });
    }
}

/// Where the first event ends, its blank line included.
fn event_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'\n') {
        let end = from + at + 1;
        match &bytes[end..] {
            [b'\n', ..] => return Some(end + 1),
            [b'\r', b'\n', ..] => return Some(end + 2),
            _ => from = end,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_end_at_their_blank_line() {
        assert_eq!(event_end(b"data: a\n\ndata"), Some(9));
        assert_eq!(event_end(b"data: a\r\n\r\nx"), Some(11));
        assert_eq!(event_end(b"data: a\ndata: b\n"), None);
    }

    #[test]
    fn counts_are_read_from_whole_answers() {
        let endpoint = Endpoint::open_ai_chat("http://127.0.0.1:1/v1", None, "m").unwrap();
        let body = br#"{"model":"x","choices":[{"a":[1]}],"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":3}}}"#;
        let usage = usage_of(&endpoint, &serde_json::from_slice(body).unwrap()).unwrap();
        assert_eq!((usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cost), (5, 2, 3, None));
        assert!(usage_of(&endpoint, &serde_json::from_slice(b"{\"id\":1}").unwrap()).is_none());
    }
}

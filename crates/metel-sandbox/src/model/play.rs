//! From a request to what is said: script first, else the simulated model; and the parts of a
//! scripted reply that are not words (status, delay, raw body).

use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::ask::{Ask, Provider};
use super::script::Reply;
use super::simulated;
use super::tokens::{cut, estimate};
use crate::app::Sandbox;

/// A tool call; `arguments` is JSON text unless a script made it something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub id: String,
    pub name: String,
    pub arguments: String,
}

/// Token counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub input: u64,
    pub output: u64,
    pub cached: u64,
}

/// What the model says, without its protocol.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub text: Option<String>,
    pub calls: Vec<Call>,
    /// In OpenAI's words: `stop`, `length`, `tool_calls`, `content_filter`.
    pub finish: String,
    pub usage: Usage,
    pub pace: Pace,
}

/// How a streamed answer walks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    pub pause: Duration,
    pub cut_after: Option<usize>,
    pub is_malformed: bool,
}

/// Words to be put into the protocol, or a finished answer.
pub(super) enum Played {
    Words(Box<Said>, Vec<(HeaderName, HeaderValue)>),
    Whole(Response),
}

/// Answers a request.
pub(super) async fn play(sandbox: &Sandbox, ask: &Ask) -> Played {
    let reply = sandbox.scripts().take(ask);
    let Some(reply) = reply else {
        return Played::Words(Box::new(finished(ask, simulated::answer(ask), None)), Vec::new());
    };
    if let Some(delay) = reply.delay_ms {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(delay)) => {}
            () = sandbox.stop().cancelled() => {}
        }
    }
    let status = reply.status.and_then(|status| StatusCode::from_u16(status).ok());
    let headers = header_list(&reply);
    if let Some(raw) = &reply.raw {
        let kind = reply.content_type.as_deref().unwrap_or("application/json");
        let mut response = (status.unwrap_or(StatusCode::OK), Body::from(raw.clone())).into_response();
        if let Ok(kind) = HeaderValue::from_str(kind) {
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        response.headers_mut().extend(headers);
        return Played::Whole(response);
    }
    if let Some(status) = status.filter(|status| status.as_u16() >= 400) {
        let mut response = match ask.provider {
            Provider::Openai => super::openai_error(status),
            Provider::Anthropic => super::anthropic_error(status),
            Provider::Gemini => super::gemini_error(status),
        };
        response.headers_mut().extend(headers);
        return Played::Whole(response);
    }
    Played::Words(Box::new(scripted(ask, &reply)), headers)
}

fn header_list(reply: &Reply) -> Vec<(HeaderName, HeaderValue)> {
    reply
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        })
        .collect()
}

fn scripted(ask: &Ask, reply: &Reply) -> Said {
    let calls: Vec<Call> = reply
        .tool_calls
        .iter()
        .enumerate()
        .map(|(nth, call)| Call {
            id: call.id.clone().unwrap_or_else(|| simulated::call_id(ask, &format!("{nth}/{}", call.name))),
            name: call.name.clone(),
            arguments: match &call.arguments {
                Value::String(text) => text.clone(),
                Value::Null => "{}".to_owned(),
                other => other.to_string(),
            },
        })
        .collect();
    let text = match (reply.oversize, &reply.content) {
        (Some(bytes), _) => Some("x".repeat(bytes)),
        (None, Some(content)) => Some(content.clone()),
        (None, None) if calls.is_empty() => simulated::answer(ask).text,
        (None, None) => None,
    };
    let said = Said {
        text,
        calls,
        finish: reply.finish_reason.clone().unwrap_or_default(),
        usage: Usage::default(),
        pace: Pace {
            pause: Duration::from_millis(reply.chunk_delay_ms.unwrap_or(0)),
            cut_after: reply.cut_after,
            is_malformed: reply.malformed,
        },
    };
    finished(ask, said, Some(reply))
}

/// Fills in the finish reason and the usage, and honours the token limit.
fn finished(ask: &Ask, mut said: Said, reply: Option<&Reply>) -> Said {
    let is_scripted = reply.is_some_and(|reply| reply.content.is_some() || reply.oversize.is_some());
    if !is_scripted
        && let (Some(most), Some(text)) = (ask.max_tokens, &said.text)
        && estimate(text) > most
    {
        said.text = Some(cut(text, most).to_owned());
        said.finish = "length".to_owned();
    }
    if said.finish.is_empty() {
        said.finish = if said.calls.is_empty() { "stop" } else { "tool_calls" }.to_owned();
    }
    said.usage = match reply.and_then(|reply| reply.usage) {
        Some(usage) => Usage { input: usage.input_tokens, output: usage.output_tokens, cached: usage.cached_tokens },
        None => Usage {
            input: ask.texts.iter().map(|text| estimate(text) + 3).sum::<u64>()
                + ask.tools.iter().map(|tool| estimate(&tool.schema.to_string())).sum::<u64>(),
            output: said.text.as_deref().map_or(0, estimate)
                + said.calls.iter().map(|call| estimate(&call.arguments) + 5).sum::<u64>(),
            cached: 0,
        },
    };
    said
}

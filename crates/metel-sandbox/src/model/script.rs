//! The queue of replies that tests set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ask::{Ask, Provider};

/// Most replies waiting at once.
const MAX_REPLIES: usize = 10_000;

/// A tool call to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedCall {
    pub name: String,
    /// An object, or text that is sent as it is (also when it is no JSON).
    #[serde(default)]
    pub arguments: Value,
    #[serde(default)]
    pub id: Option<String>,
}

/// Token counts to claim.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedUsage {
    #[serde(default)]
    pub input_tokens: u64,
    #[serde(default)]
    pub output_tokens: u64,
    #[serde(default)]
    pub cached_tokens: u64,
}

/// One reply.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    /// Only for requests in which a message contains this text.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// Only for this provider: `openai`, `anthropic` or `gemini`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// How many requests it answers, 1 by default; 0 means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ScriptedCall>,
    /// `stop`, `length`, `tool_calls`, `content_filter`; translated for Anthropic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<ScriptedUsage>,
    /// HTTP status; from 400 on the provider's error body is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Wait before the answer begins, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Wait before each streamed piece, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_delay_ms: Option<u64>,
    /// Break the connection after this many streamed events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_after: Option<usize>,
    /// Send this body instead of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Content type of `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Send half of the true answer.
    #[serde(default)]
    pub malformed: bool,
    /// Send a content of this many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oversize: Option<usize>,
}

impl Reply {
    fn refusal(&self) -> Option<&'static str> {
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Some("status must be between 200 and 599");
        }
        if self.oversize.is_some_and(|bytes| bytes > 64 * 1024 * 1024) {
            return Some("oversize must be at most 67108864");
        }
        if self.delay_ms.max(self.chunk_delay_ms).is_some_and(|delay| delay > 600_000) {
            return Some("delays must be at most 600000 milliseconds");
        }
        if self.provider.as_deref().is_some_and(|name| !matches!(name, "openai" | "anthropic" | "gemini")) {
            return Some("provider must be openai, anthropic or gemini");
        }
        None
    }

    fn fits(&self, ask: &Ask) -> bool {
        let provider = match ask.provider {
            Provider::Openai => "openai",
            Provider::Anthropic => "anthropic",
            Provider::Gemini => "gemini",
        };
        self.provider.as_deref().is_none_or(|wanted| wanted == provider)
            && self.matching.as_deref().is_none_or(|text| ask.mentions(text))
    }
}

/// Replies in the order in which they were set.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    waiting: Vec<Reply>,
}

impl Scripts {
    /// Adds replies; answers how many wait.
    ///
    /// # Errors
    /// A reply makes no sense or there are too many; then none is added.
    pub(crate) fn add(&mut self, replies: Vec<Reply>) -> Result<usize, String> {
        if let Some(why) = replies.iter().find_map(Reply::refusal) {
            return Err(why.to_owned());
        }
        if self.waiting.len() + replies.len() > MAX_REPLIES {
            return Err(format!("at most {MAX_REPLIES} replies can wait"));
        }
        self.waiting.extend(replies);
        Ok(self.waiting.len())
    }

    pub(crate) fn list(&self) -> &[Reply] {
        &self.waiting
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The first reply that fits, used up once.
    pub(super) fn take(&mut self, ask: &Ask) -> Option<Reply> {
        let at = self.waiting.iter().position(|reply| reply.fits(ask))?;
        let reply = self.waiting.get_mut(at)?;
        let taken = reply.clone();
        match reply.times {
            Some(0) => {}
            None | Some(1) => {
                self.waiting.remove(at);
            }
            Some(left) => reply.times = Some(left - 1),
        }
        Some(taken)
    }
}

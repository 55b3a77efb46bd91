//! Where a model is reached, how it is spoken to, and what it costs.

use metel_model::effect::Usage;
use metel_model::{Code, Fault};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// One model at one server.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Up to and including the version part, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// Sent as a bearer token (RFC 6750); local servers need none. Never printed.
    pub key: Option<SecretString>,
    pub model: String,
    pub protocol: Protocol,
    /// Unknown without it: the cost is then absent, not zero.
    pub price: Option<Price>,
}

/// The wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "dialect")]
pub enum Protocol {
    /// OpenAI Chat Completions, <https://platform.openai.com/docs/api-reference/chat>.
    OpenAiChat(Dialect),
    /// OpenAI Responses, <https://platform.openai.com/docs/api-reference/responses>.
    OpenAiResponses,
    /// Anthropic Messages, <https://docs.anthropic.com/en/api/messages>.
    AnthropicMessages,
    /// Google Gemini, <https://ai.google.dev/api/generate-content>.
    Gemini,
}

impl Protocol {
    /// What a server at this address most likely speaks.
    pub fn of(base_url: &str) -> Self {
        if base_url.contains("://api.anthropic.com") {
            Self::AnthropicMessages
        } else if base_url.contains("://generativelanguage.googleapis.com") && !base_url.contains("/openai") {
            Self::Gemini
        } else {
            Self::OpenAiChat(Dialect::of(base_url))
        }
    }

    /// As settings spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat(Dialect::OpenAi) => "openai",
            Self::OpenAiChat(Dialect::Compatible) => "openai-compatible",
            Self::OpenAiChat(Dialect::Plain) => "openai-plain",
            Self::OpenAiResponses => "openai-responses",
            Self::AnthropicMessages => "anthropic",
            Self::Gemini => "gemini",
        }
    }

    pub const ALL: [Self; 6] = [
        Self::OpenAiChat(Dialect::OpenAi),
        Self::OpenAiChat(Dialect::Compatible),
        Self::OpenAiChat(Dialect::Plain),
        Self::OpenAiResponses,
        Self::AnthropicMessages,
        Self::Gemini,
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// Whether schemas are sent in OpenAI's strict subset, where what is optional becomes nullable.
    pub(crate) fn narrows_schemas(self) -> bool {
        matches!(self, Self::OpenAiChat(Dialect::OpenAi) | Self::OpenAiResponses)
    }
}

/// How a Chat Completions server takes schemas and limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// OpenAI itself: strict schemas in its subset of JSON Schema, `max_completion_tokens`.
    OpenAi,
    /// Servers that take whole schemas and turn them into a grammar: llama.cpp, vLLM, Ollama, LM Studio.
    Compatible,
    /// Servers that know no `response_format`: the schema is put in words and the answer is checked.
    Plain,
}

impl Dialect {
    /// What a server at this address most likely speaks.
    pub fn of(base_url: &str) -> Self {
        match base_url.contains("://api.openai.com") || base_url.contains(".openai.azure.com") {
            true => Self::OpenAi,
            false => Self::Compatible,
        }
    }
}

/// Micro-credits for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: i64,
    pub output: i64,
    /// Input served from the provider's cache; as `input` where absent.
    #[serde(default)]
    pub cached: Option<i64>,
    /// Input put into the provider's cache; as `input` where absent.
    #[serde(default)]
    pub cache_written: Option<i64>,
}

impl Price {
    /// Exact, rounded up once; `None` where it does not fit.
    pub fn cost(&self, usage: &Usage) -> Option<i64> {
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let written = usage.cache_written_tokens.min(usage.input_tokens - cached);
        let fresh = usage.input_tokens - cached - written;
        let sum = i128::from(fresh) * i128::from(self.input)
            + i128::from(cached) * i128::from(self.cached.unwrap_or(self.input))
            + i128::from(written) * i128::from(self.cache_written.unwrap_or(self.input))
            + i128::from(usage.output_tokens) * i128::from(self.output);
        i64::try_from((sum + 999_999).div_euclid(1_000_000)).ok()
    }
}

impl Endpoint {
    /// A Chat Completions server; the dialect follows from the address.
    pub fn open_ai_chat(base_url: &str, key: Option<SecretString>, model: &str) -> Result<Self, Fault> {
        let endpoint = Self::new(base_url, key, model)?;
        let dialect = Dialect::of(&endpoint.base_url);
        Ok(endpoint.dialect(dialect))
    }

    /// A server; the protocol follows from the address.
    pub fn new(base_url: &str, key: Option<SecretString>, model: &str) -> Result<Self, Fault> {
        let base_url = base_url.trim().trim_end_matches('/').to_owned();
        let plain = !base_url.contains(['?', '#', '@']) && !base_url.contains(char::is_whitespace);
        if !plain || !(base_url.starts_with("https://") || base_url.starts_with("http://")) {
            return Err(Fault::new(Code::ConfigInvalid).detail(
                "a model's base address is http(s)://host[:port][/path], without user, query or fragment",
                "모델 주소는 http(s)://호스트[:포트][/경로] 모양이어야 해요. 사용자, 쿼리, 조각은 쓸 수 없어요",
            ));
        }
        if model.trim().is_empty() {
            return Err(Fault::new(Code::ConfigInvalid).detail("a model needs a name", "모델 이름이 필요해요"));
        }
        let protocol = Protocol::of(&base_url);
        Ok(Self { base_url, key, model: model.trim().to_owned(), protocol, price: None })
    }

    #[must_use]
    pub fn price(mut self, price: Price) -> Self {
        self.price = Some(price);
        self
    }

    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.protocol = Protocol::OpenAiChat(dialect);
        self
    }

    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// The headers that say who asks.
    pub(crate) fn credentials(&self) -> Vec<(&'static str, String)> {
        let key = self.key.as_ref().map(|key| key.expose_secret().to_owned()).filter(|key| !key.is_empty());
        match self.protocol {
            Protocol::AnthropicMessages => {
                let mut headers = vec![("anthropic-version", "2023-06-01".to_owned())];
                headers.extend(key.map(|key| ("x-api-key", key)));
                headers
            }
            Protocol::Gemini => key.map(|key| ("x-goog-api-key", key)).into_iter().collect(),
            Protocol::OpenAiChat(_) | Protocol::OpenAiResponses => {
                key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect()
            }
        }
    }

    /// A server's own words with this endpoint's key taken out, cut short, without control characters.
    pub(crate) fn clean(&self, words: &str) -> String {
        let words = match &self.key {
            Some(key) if !key.expose_secret().is_empty() => words.replace(key.expose_secret(), "***"),
            _ => words.to_owned(),
        };
        words.chars().filter(|c| !c.is_control()).take(300).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_exact_and_rounded_up_once() {
        let price = Price { input: 150_000, output: 600_000, cached: Some(75_000), cache_written: None };
        let usage = Usage { input_tokens: 10, output_tokens: 3, cached_tokens: 4, ..Usage::default() };
        // 6 × 0.15 + 4 × 0.075 + 3 × 0.6 = 3
        assert_eq!(price.cost(&usage), Some(3));
        assert_eq!(price.cost(&Usage { input_tokens: 1, ..Usage::default() }), Some(1));
        let price = Price { cache_written: Some(187_500), ..price };
        let written = Usage { input_tokens: 100, cached_tokens: 20, cache_written_tokens: 40, ..Usage::default() };
        // 40 × 0.15 + 20 × 0.075 + 40 × 0.1875 = 15
        assert_eq!(price.cost(&written), Some(15));
        let endless = Usage { input_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(Price { input: i64::MAX, output: 0, cached: None, cache_written: None }.cost(&endless), None);
    }

    #[test]
    fn addresses_are_plain() {
        for bad in ["ftp://x", "http://a b", "https://u:p@x/v1", "https://x/v1?key=1", "x"] {
            assert!(Endpoint::open_ai_chat(bad, None, "m").is_err(), "{bad}");
        }
        assert_eq!(
            Endpoint::open_ai_chat(" http://127.0.0.1:8091/v1/ ", None, "m").unwrap().base_url,
            "http://127.0.0.1:8091/v1"
        );
    }

    #[test]
    fn a_key_is_neither_printed_nor_repeated() {
        let endpoint = Endpoint::open_ai_chat("https://api.openai.com/v1", Some("sk-CANARY".into()), "m").unwrap();
        assert!(!format!("{endpoint:?}").contains("CANARY"));
        assert_eq!(endpoint.clean("wrong key sk-CANARY\u{7}!"), "wrong key ***!");
        assert_eq!(endpoint.protocol, Protocol::OpenAiChat(Dialect::OpenAi));
    }
}

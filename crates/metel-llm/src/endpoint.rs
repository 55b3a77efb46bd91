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
}

impl Price {
    /// Exact, rounded up once; `None` where it does not fit.
    pub fn cost(&self, usage: &Usage) -> Option<i64> {
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let fresh = usage.input_tokens - cached;
        let sum = i128::from(fresh) * i128::from(self.input)
            + i128::from(cached) * i128::from(self.cached.unwrap_or(self.input))
            + i128::from(usage.output_tokens) * i128::from(self.output);
        i64::try_from((sum + 999_999).div_euclid(1_000_000)).ok()
    }
}

impl Endpoint {
    /// A Chat Completions server; the dialect follows from the address.
    pub fn open_ai_chat(base_url: &str, key: Option<SecretString>, model: &str) -> Result<Self, Fault> {
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
        let protocol = Protocol::OpenAiChat(Dialect::of(&base_url));
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
        let price = Price { input: 150_000, output: 600_000, cached: Some(75_000) };
        let usage = Usage { input_tokens: 10, output_tokens: 3, cached_tokens: 4, ..Usage::default() };
        // 6 × 0.15 + 4 × 0.075 + 3 × 0.6 = 3
        assert_eq!(price.cost(&usage), Some(3));
        assert_eq!(price.cost(&Usage { input_tokens: 1, ..Usage::default() }), Some(1));
        let endless = Usage { input_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(Price { input: i64::MAX, output: 0, cached: None }.cost(&endless), None);
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

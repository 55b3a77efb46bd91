//! What a sandbox is started with. Every field has a working default except the address.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::clock::{Clock, system_clock};

/// An access token that one simulated service accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Service path prefix, such as `notion`.
    pub service: String,
    /// The token as the client sends it, without `Bearer `.
    pub value: String,
    /// Granted scopes; only services that check scopes read them.
    pub scopes: Vec<String>,
}

impl Token {
    /// A token with scopes.
    #[must_use]
    pub fn new(service: &str, value: &str, scopes: &[&str]) -> Self {
        Self {
            service: service.to_owned(),
            value: value.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }
}

/// How a sandbox is started.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Address to listen on; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Base of the links in answers (`http://host:port`); by default the bound address.
    pub public_url: Option<String>,
    /// File that every effect is appended to and synced before its answer is sent.
    pub ledger: Option<PathBuf>,
    /// Source of time.
    pub clock: Clock,
    /// Seed of ids and fault draws: the same seed and the same calls give the same answers.
    pub seed: u64,
    /// Accepted tokens.
    pub tokens: Vec<Token>,
}

impl SandboxConfig {
    /// Defaults with the sandbox's published tokens, in memory, on the machine's clock.
    #[must_use]
    pub fn new(bind: SocketAddr) -> Self {
        Self { bind, public_url: None, ledger: None, clock: system_clock(), seed: 1, tokens: Self::default_tokens() }
    }

    /// Id and secret of the client that every simulated authorisation server knows. They are public, not secrets.
    #[must_use]
    pub fn oauth_client() -> (&'static str, &'static str) {
        (crate::oauth::CLIENT_ID, crate::oauth::CLIENT_SECRET)
    }

    /// The tokens that every sandbox accepts unless told otherwise. They are public, not secrets.
    #[must_use]
    pub fn default_tokens() -> Vec<Token> {
        vec![
            Token::new("notion", "sandbox-notion-token", &[]),
            Token::new(
                "slack",
                "xoxb-sandbox-slack-token",
                &["chat:write", "channels:read", "channels:history", "users:read", "files:write"],
            ),
            Token::new("slack", "xoxb-sandbox-readonly-token", &["channels:read"]),
            Token::new("sheets", "sandbox-google-token", &["https://www.googleapis.com/auth/spreadsheets"]),
            Token::new("firecrawl", "sandbox-firecrawl-token", &[]),
            Token::new("authority", "sandbox-authority-token", &[]),
            Token::new("drive", "sandbox-google-token", &["https://www.googleapis.com/auth/drive"]),
            Token::new(
                "gmail",
                "sandbox-google-token",
                &["https://www.googleapis.com/auth/gmail.modify", "https://www.googleapis.com/auth/gmail.send"],
            ),
            Token::new("gmail", "sandbox-readonly-token", &["https://www.googleapis.com/auth/gmail.readonly"]),
            Token::new("calendar", "sandbox-google-token", &["https://www.googleapis.com/auth/calendar.events"]),
            Token::new("fcm", "sandbox-google-token", &["https://www.googleapis.com/auth/firebase.messaging"]),
            Token::new("github", "ghp_sandboxgithubtoken", &["repo"]),
            Token::new("github", "ghp_sandboxreadonlytoken", &[]),
            Token::new("telegram", "110201543:sandbox-telegram-token", &[]),
            Token::new("brave", "sandbox-brave-token", &[]),
            Token::new("erp", "sandbox-erp-token", &[]),
            Token::new("stripe", "sk_test_sandboxstripekey", &[]),
            Token::new("paddleocr", "sandbox-paddleocr-token", &[]),
            Token::new("elevenlabs", "sandbox-elevenlabs-key", &[]),
            Token::new("stability", "sandbox-stability-key", &[]),
            Token::new("openai", "sandbox-openai-key", &[]),
            Token::new("anthropic", "sandbox-anthropic-key", &[]),
            Token::new("gemini", "sandbox-gemini-key", &[]),
        ]
    }
}

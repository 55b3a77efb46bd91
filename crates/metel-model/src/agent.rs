//! An agent's profile: persona, model, limits. What it may do is decided elsewhere.

use serde::{Deserialize, Serialize};

use crate::lang::Text;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub name: String,
    pub title: Text,
    /// Who it is and how it works: the head of its system prompt.
    pub persona: String,
    /// Model alias; the workspace's default without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default)]
    pub parameters: Parameters,
    /// Micro-credits that one run of it costs beside tokens.
    #[serde(default)]
    pub cost_per_run: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    pub temperature: f64,
    pub max_tokens: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { temperature: 0.2, max_tokens: 1_024 }
    }
}

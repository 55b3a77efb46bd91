//! Where a value came from. It goes with the value whatever steps it passes through.

use serde::{Deserialize, Serialize};

/// The origins, the most trusted first. Of a value with several the last counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The user's own words or input.
    User,
    /// Configuration of the workspace: a workflow, a system prompt, a setting.
    Workspace,
    TrustedTool,
    /// A model's own wording.
    Model,
    /// Content that outsiders may have written, or what a model made of it.
    UntrustedTool,
}

impl Origin {
    pub const ALL: [Self; 5] = [Self::User, Self::Workspace, Self::TrustedTool, Self::Model, Self::UntrustedTool];

    pub fn key(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Workspace => "workspace",
            Self::TrustedTool => "trusted_tool",
            Self::Model => "model",
            Self::UntrustedTool => "untrusted_tool",
        }
    }
}

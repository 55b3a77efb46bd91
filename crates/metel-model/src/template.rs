//! A template: a reusable, parameterised workflow that a request can be matched with (a "skill").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lang::Text;

/// One template file (YAML). Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub skill: String,
    #[serde(default)]
    pub version: Option<String>,
    #[serde(default)]
    pub title: Text,
    pub description: Text,
    /// Requests that it answers, in both languages.
    #[serde(default)]
    pub examples: Vec<String>,
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    pub actions: Vec<TemplateAction>,
    #[serde(default)]
    pub policy: Value,
    /// CEL over the finished run.
    #[serde(default)]
    pub success: Option<String>,
}

/// A value that a request fills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Semantic type: `title`, `slack.channel`, `date`, `email`, `url`, `number`, `text` …
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub title: Option<Text>,
    #[serde(default)]
    pub default: Option<Value>,
    #[serde(default)]
    pub optional: bool,
}

/// A bare tool id (wired by types) or a whole action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TemplateAction {
    Tool(String),
    Action(Box<FullAction>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullAction {
    #[serde(default)]
    pub id: Option<String>,
    pub tool: String,
    /// References may name `params.x` and earlier actions.
    #[serde(default)]
    pub args: Map<String, Value>,
    #[serde(default)]
    pub success_criteria: Vec<String>,
    #[serde(default)]
    pub reason: Option<Text>,
}

impl TemplateAction {
    pub fn tool(&self) -> &str {
        match self {
            Self::Tool(tool) => tool,
            Self::Action(action) => &action.tool,
        }
    }
}

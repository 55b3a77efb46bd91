//! An action plan: what a planner proposes for one request. Data, checked before anything runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::SessionId;
use crate::lang::{Lang, Text};

/// The literal that stands for a required value nobody could derive. It is never sent anywhere.
pub const MISSING: &str = "MISSING";

/// Longest request, in characters.
pub const REQUEST_CHARS_MAX: usize = 20_000;
/// Most actions of one plan, whoever made it.
pub const ACTIONS_MAX: usize = 20;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub text: String,
    #[serde(default)]
    pub lang: Lang,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
}

/// The planner's answer. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionPlan {
    pub goal: String,
    pub actions: Vec<Action>,
    /// What was taken for granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<Text>,
    /// Facts that only the person can give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingField>,
    /// Who made it.
    #[serde(default)]
    pub planner: PlannerKind,
    /// The template it was filled from, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// One call that the plan wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// A node id, unique in the plan.
    pub id: String,
    /// A contract id, or a built-in agent step such as `text.summarize`.
    pub tool: String,
    /// Literals, references (`${a1.page_url}`, `{"$ref":"a1.rows"}`) and `MISSING`.
    #[serde(default)]
    pub args: Map<String, Value>,
    /// State keys it needs: `a1.page_url`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// State keys it leaves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub produces: Vec<String>,
    /// CEL over `output`, or a plain sentence for a judge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success_criteria: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A value that is asked of the person: which action, which field, how to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingField {
    pub action: String,
    pub field: String,
    pub title: Text,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub schema: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Value>,
}

impl MissingField {
    /// `a1.channel`: the name under which the value is given.
    pub fn key(&self) -> String {
        format!("{}.{}", self.action, self.field)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannerKind {
    /// Templates and rules; no model was used.
    #[default]
    Template,
    Model,
    /// A person wrote or chose it.
    Person,
}

/// Something that earlier runs of the same session made or touched, newest first, so that
/// "that page" can be understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// Semantic type, such as `notion.page_url`.
    #[serde(rename = "type")]
    pub kind: String,
    pub value: Value,
    /// The tool that made it.
    pub tool: String,
    /// What people call it: a title, a channel.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
}

/// All that a planner is given. It is recorded with the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanInput {
    pub request: Request,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Contracts shown to the planner: id → version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, String>,
    /// Set when an earlier plan got stuck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replan: Option<Replan>,
}

/// Why another plan is needed, and what stands already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replan {
    pub plan: ActionPlan,
    /// Actions that are done: id → products. They are never done again.
    pub done: BTreeMap<String, Value>,
    /// The action that failed.
    pub failed: String,
    pub cause: String,
}

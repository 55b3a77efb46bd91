//! A workflow: the versioned, immutable graph that every front becomes and the engine runs.
//!
//! This is the stored form. It is data only; whether it holds is decided by `metel-rules`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::Retry;
use crate::lang::Text;

/// A graph definition. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    pub name: String,
    #[serde(default)]
    pub title: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// JSON Schema of the input that a run is started with.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input_schema: Value,
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    pub entry_point: String,
    /// Keys of the result: references into nodes. Without it the last nodes' outputs are the result.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// What starts it besides people, for display: `{"type":"alert","name":"key_expiring"}`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub trigger: Value,
    /// CEL over the finished run; false fails it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
    /// It is the body of a long map, made by metel for child runs of some of its items each: the
    /// run's input is a [`Segment`]. No front reads this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub segment: bool,
}

/// The input of a child run that does some items of a long map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub items: Vec<Value>,
    /// Number of the first of them within the map.
    pub first: u32,
    /// What the body reads from outside: a root's name and its value.
    #[serde(default)]
    pub outer: serde_json::Map<String, Value>,
    /// Roots that outsiders may have written, `item` among them.
    #[serde(default)]
    pub untrusted: Vec<String>,
}

/// One step of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    #[serde(flatten)]
    pub kind: NodeKind,
    /// Its own waiting time for one attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Overrides the contract's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    #[serde(default, skip_serializing_if = "OnError::is_default")]
    pub on_error: OnError,
    /// CEL over `output` and the run's names; false fails the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
    /// What takes its effect back when the run fails or is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// What a worker must be able to do for it: `ffmpeg`, `browser`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// The call that takes a step's effect back. Its arguments may read the step's own output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// A contract id.
    pub tool: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub args: Value,
}

/// What a node does. The names are those of the definition's `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NodeKind {
    /// Checks the run's input (or `value`) against a schema and CEL rules.
    Validation {
        #[serde(default, skip_serializing_if = "Value::is_null")]
        value: Value,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        schema: Value,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rules: Vec<Rule>,
    },
    /// Calls a tool by its contract.
    Tool {
        tool: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        args: Value,
    },
    /// One or more agents work on the same task side by side.
    AgentCall {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agents: Vec<String>,
        /// What they are asked; a template with references.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<String>,
        /// What they are shown beside the task.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        input: Value,
        /// JSON Schema that the answer must fit; text without it.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        output_schema: Value,
        /// Contracts that it may call while it works; each call is a step of its own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tools: Vec<String>,
        /// Most rounds of calls; 12 without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rounds: Option<u32>,
    },
    /// Waits for a person's yes.
    HumanGate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Text>,
        /// What the person is shown.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        show: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_ms: Option<u64>,
    },
    /// Exactly one outgoing edge is taken: the first whose `when` holds, else the default.
    Branch {},
    /// All outgoing edges are taken.
    Parallel {},
    /// Waits for incoming edges.
    Join {
        #[serde(default)]
        mode: JoinMode,
    },
    /// Runs `body` for each item with bounded concurrency.
    Map {
        items: Value,
        #[serde(default = "default_concurrency")]
        concurrency: u32,
        #[serde(default)]
        on_item_error: OnItemError,
        body: Box<Body>,
    },
    /// Runs `body` again and again: each round sees the result of the one before as `item`.
    Loop {
        body: Box<Body>,
        /// CEL over `item` (the round's result), `index` and the run's names; true ends it.
        until: String,
        /// Most rounds.
        max: u32,
        #[serde(default, skip_serializing_if = "OnLimit::is_default")]
        on_limit: OnLimit,
        /// What the first round sees as `item`; null without it.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        first: Value,
    },
    /// Sleeps, or waits for a message.
    Wait {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_ms: Option<u64>,
        /// RFC 3339, or a reference to such a text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// The name of a message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Tells messages of one name apart; a text with references.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
        /// How long a message is waited for; without it, for as long as it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_ms: Option<u64>,
    },
    /// Publishes a message.
    Emit {
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        payload: Value,
        /// How long it is kept when nobody waits for it: 24 hours without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl_ms: Option<u64>,
    },
    /// Waits for a form that a person fills in.
    HumanTask {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Text>,
        /// What the person is shown.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        show: Value,
        /// JSON Schema of the values.
        form: Value,
        /// Who should do it: a person, a role; a text with references.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<String>,
        /// When it should be done, after it was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_ms: Option<u64>,
        /// When it fails, after it was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_ms: Option<u64>,
    },
    /// Runs another workflow as a child run.
    Subworkflow {
        workflow: String,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        input: Value,
    },
    /// Ends the run with a result.
    Finalize {
        #[serde(default, skip_serializing_if = "Value::is_null")]
        output: Value,
    },
}

impl NodeKind {
    /// All names that a definition's `type` may have.
    pub const NAMES: &'static [&'static str] = &[
        "validation",
        "tool",
        "agent_call",
        "human_gate",
        "branch",
        "parallel",
        "join",
        "map",
        "loop",
        "wait",
        "emit",
        "human_task",
        "subworkflow",
        "finalize",
    ];

    pub fn name(&self) -> &'static str {
        match self {
            Self::Validation { .. } => "validation",
            Self::Tool { .. } => "tool",
            Self::AgentCall { .. } => "agent_call",
            Self::HumanGate { .. } => "human_gate",
            Self::Branch {} => "branch",
            Self::Parallel {} => "parallel",
            Self::Join { .. } => "join",
            Self::Map { .. } => "map",
            Self::Loop { .. } => "loop",
            Self::Wait { .. } => "wait",
            Self::Emit { .. } => "emit",
            Self::HumanTask { .. } => "human_task",
            Self::Subworkflow { .. } => "subworkflow",
            Self::Finalize { .. } => "finalize",
        }
    }
}

fn default_concurrency() -> u32 {
    10
}

/// A CEL rule with the sentence that is shown when it does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub when: String,
    pub message: Text,
}

/// The graph inside a `map` or a `loop`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    pub entry_point: String,
}

/// An order between two nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    pub from: String,
    pub to: String,
    /// CEL; on edges out of a `branch`. An edge out of a branch without it is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// `"error"`: taken when `from` fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<EdgeOn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeOn {
    Error,
}

/// How many incoming edges a join waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinMode {
    /// Every edge that can still be taken.
    #[default]
    All,
    /// The first.
    Any,
    /// The first N.
    AtLeast(u32),
}

/// What happens when a step has failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run fails.
    #[default]
    Fail,
    /// The run goes on as if the step had given null.
    Continue,
    /// The edge marked `on: error` is taken.
    Branch,
    /// The planner is asked for another way.
    Replan,
}

impl OnError {
    fn is_default(&self) -> bool {
        *self == Self::Fail
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnItemError {
    /// The first failed item fails the map.
    #[default]
    Fail,
    /// A failed item gives null.
    Continue,
}

/// What a loop does that has gone its most rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLimit {
    /// It fails.
    #[default]
    Fail,
    /// It ends with the last result.
    Continue,
}

impl OnLimit {
    fn is_default(&self) -> bool {
        *self == Self::Fail
    }
}

/// Where a definition came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Front {
    Pipeline,
    Template,
    Plan,
    Bench,
}

/// Tags of free form on a stored definition.
pub type Labels = BTreeMap<String, String>;

//! A run's state: what a fold over its events gives. Plain data; how it changes is in `metel-rules`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect::{EffectKind, Usage};
use crate::event::{Answer, Parent};
use crate::fault::Fault;
use crate::hash::Digest;
use crate::id::{ApprovalId, RunId, WorkspaceId};
use crate::plan::{ActionPlan, Mention, MissingField, Request};
use crate::status::{RunStatus, StepStatus, WaitingFor};
use crate::stored::Stored;
use crate::time::Micros;

/// One execution of a workflow version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub workspace: WorkspaceId,
    pub id: RunId,
    pub name: String,
    pub status: RunStatus,
    /// Number of the next event, from 1.
    pub seq: u64,
    /// Number of transitions so far; a commit names the one it was decided on.
    pub version: u64,
    /// Hash of the newest log entry.
    pub head: Digest,
    pub workflow: Option<Digest>,
    pub facts: Digest,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<String, Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    pub input: Stored,
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    pub steps: BTreeMap<String, Step>,
    /// Active steps by the place their task has; the lowest free place is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<ActionPlan>>,
    #[serde(default)]
    pub plan_version: u32,
    /// Values that people gave: `step.field` → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Value>,
    /// What a person allowed for the rest of this run: tool and receiver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelling: Option<String>,
    /// Set once a step failed for good and others were still at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Fault>,
    /// How many steps outside maps and groups have ended.
    #[serde(default)]
    pub settled: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Stored>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<Answer>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// Micro-credits.
    #[serde(default)]
    pub cost: i64,
    #[serde(default)]
    pub tokens: u64,
    pub created_at: Micros,
    pub updated_at: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Micros>,
}

/// One node of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Step {
    pub status: StepStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingFor>,
    /// Attempts made in this group.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// Intentions ever made; the newest one's number fences late outcomes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub intent: u32,
    /// Which group of attempts shares one idempotency key.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub group: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectKind>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// What was resolved to be sent; gone once it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Stored>,
    /// The next attempt asks whether it already happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reconcile: bool,
    /// A call of this group may have happened although no answer says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclear: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Stored>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<PendingApproval>,
    /// The digest that a person approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Digest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub arrived: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dead: u32,
    /// A map or a group: how far its parts are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Items>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u16>,
    /// When the first intention of the group was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Step {
    /// It holds a place in the queue: it is ready, running, or waits to be woken.
    pub fn is_active(&self) -> bool {
        match self.status {
            StepStatus::Ready | StepStatus::Running => self.items.is_none(),
            StepStatus::Waiting => self.wake_at.is_some() || self.child.is_some(),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingApproval {
    pub id: ApprovalId,
    pub digest: Digest,
    pub expires_at: Micros,
}

/// Progress over the parts of a map or of a group of agents.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Items {
    pub total: u32,
    /// The next part to start.
    pub next: u32,
    pub done: u32,
    /// Parts that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<u32>,
    /// The list that a map goes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Stored>,
}

/// Further calls that a person allowed within one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    pub tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}

impl Run {
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.get(id)
    }

    /// What the run waits for, the most pressing first; none while anything moves.
    pub fn waiting_for(&self) -> Option<WaitingFor> {
        if self.status != RunStatus::Waiting {
            return None;
        }
        self.steps
            .values()
            .filter_map(|step| match step.status {
                StepStatus::InDoubt => Some(WaitingFor::Doubt),
                StepStatus::Waiting => step.waiting,
                _ => None,
            })
            .min()
    }

    /// The word a person is shown: `waiting_approval` rather than `waiting`.
    pub fn display(&self) -> String {
        match self.waiting_for() {
            Some(reason) => format!("waiting_{}", reason.key()),
            None => self.status.key().to_owned(),
        }
    }
}

//! A run's state: what a fold over its events gives. Plain data; how it changes is in `metel-rules`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::{Hearing, Vote};
use crate::conversation::Conversation;
use crate::effect::{EffectKind, Usage};
use crate::envelope::Sealed;
use crate::event::{Answer, Parent, first_laws, is_first};
use crate::fault::Fault;
use crate::hash::Digest;
use crate::id::{ApprovalId, MessageId, RunId, WorkspaceId};
use crate::lang::Text;
use crate::plan::{ActionPlan, Mention, MissingField, Request};
use crate::policy::Need;
use crate::status::{RunStatus, StepStatus, WaitingFor};
use crate::stored::Stored;
use crate::subject::Subject;
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
    /// A child run: what the person asked for who began all this, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
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
    /// What a person approved of the plan as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Box<Sealed>>,
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
    #[serde(default, skip_serializing_if = "is_nought")]
    pub priority: i32,
    #[serde(default = "first_laws", skip_serializing_if = "is_first")]
    pub laws: u32,
    /// Whom it is about; its record is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Who holds it; nothing new begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// What can be taken back, in the order in which it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undos: Vec<Undoing>,
    /// What was done is being taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undoing: bool,
    /// The newest messages that it took, so that none is taken twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<MessageId>,
    /// Outsiders may have written a part of the input.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted_input: bool,
    /// Outsiders may have written a part of the output.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
}

fn is_nought(n: &i32) -> bool {
    *n == 0
}

/// Most messages that a run remembers to have taken.
pub const TAKEN_MAX: usize = 256;

/// The call that takes back what a step did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undoing {
    /// The step whose effect is taken back.
    pub step: String,
    pub tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Stored>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untrusted: Vec<String>,
    /// Why there are no arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
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
    /// What the newest question needs beyond one yes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Those needs were met for the approved digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub met: bool,
    /// Who has approved which payload so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// What was said and done about the newest question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hearing: Option<Box<Hearing>>,
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
    /// The message that it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Awaited>,
    /// What a person is asked to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Box<PendingTask>>,
    /// A map, a loop or a group: how far its parts are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Items>,
    /// What an agent said and did so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Box<Conversation>>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    pub name: String,
    pub correlation: String,
}

/// A form that waits for a person. What is shown is the step's payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingTask {
    pub title: Text,
    /// JSON Schema of the values.
    pub form: Stored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Micros>,
}

/// Progress over the items of a map, the rounds of a loop or the agents of a group.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Items {
    pub total: u32,
    /// The next part to start.
    pub next: u32,
    pub done: u32,
    /// Parts that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<u32>,
    /// The list that a map goes over; what the first round of a loop sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Stored>,
    /// A loop: one after the other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rounds: bool,
    /// Nodes of the body, those within its own maps and loops included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<String>,
    /// Nodes of the body that nothing follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<String>,
    /// What ended items left, by the last nodes of the body; of a loop only the last round's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<u32, BTreeMap<String, Stored>>,
    /// Outsiders may have written a part of the results.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
    /// Child runs of so many items each do the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<u32>,
}

impl Items {
    /// How many have begun and not ended.
    pub fn live(&self) -> u32 {
        if self.results.is_empty() || self.rounds {
            return self.next.saturating_sub(self.done);
        }
        self.next.saturating_sub(self.results.range(..self.next).count() as u32)
    }
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
        if self.paused.is_some() {
            return Some(WaitingFor::Paused);
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
            _ if self.paused.is_some() && !self.status.is_final() => WaitingFor::Paused.key().to_owned(),
            Some(reason) => format!("waiting_{}", reason.key()),
            None => self.status.key().to_owned(),
        }
    }
}

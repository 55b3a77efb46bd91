//! Events: the facts about a run, in order. State is a fold over them.
//!
//! One transition is one log entry holding one to a few events; the entry's text is stored and
//! hashed exactly as written. Older versions are read, never rewritten: an event without `v` is
//! version 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::{Ask, Channel, Decision};
use crate::conversation::Called;
use crate::effect::{EffectKind, Outcome};
use crate::fault::Fault;
use crate::hash::Digest;
use crate::id::{ApprovalId, MessageId, RunId, StandingId, WorkspaceId};
use crate::lang::Text;
use crate::plan::{ActionPlan, Mention, MissingField, Request};
use crate::run::{Grant, Run};
use crate::stored::Stored;
use crate::subject::Subject;
use crate::time::Micros;

type Products = BTreeMap<String, Value>;

/// One fact. The names are stable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    RunStarted(Box<Started>),
    /// It begins with another run's past.
    RunForked(Box<Forked>),
    /// It goes on with another version of its workflow.
    RunMigrated {
        from: Digest,
        workflow: Digest,
        /// Contracts and workflows of the new version.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pins: BTreeMap<String, Digest>,
        /// Ended steps that the new version lacks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<String>,
        by: String,
    },
    /// The workspace's policy, connections or switches changed under the run.
    FactsBound {
        facts: Digest,
    },
    /// A plan became the run's workflow. `pins` are the contracts that it was checked with.
    PlanAccepted {
        version: u32,
        plan: Box<ActionPlan>,
        workflow: Digest,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pins: BTreeMap<String, Digest>,
    },
    /// A step may start; a worker is needed.
    StepReady {
        step: String,
    },
    /// A step without an effect of its own has begun: a map, a loop, a group of agents.
    StepStarted {
        step: String,
        /// Sub-steps in order: items of a map, most rounds of a loop, agents of a group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<u32>,
        /// The list of a map; what the first round of a loop sees as `item`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<Stored>,
        /// One after the other, each seeing the result of the one before: a loop.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rounds: bool,
        /// Nodes of the body, those within its own maps and loops included.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        body: Vec<String>,
        /// Nodes of the body that nothing follows: what they leave is the item's result.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ends: Vec<String>,
        /// Child runs of so many items each do the work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        segment: Option<u32>,
    },
    /// A part of a map begins.
    ItemStarted {
        step: String,
        index: u32,
    },
    /// A part of a map has ended.
    ItemEnded {
        step: String,
        index: u32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        failed: bool,
        /// Only its result is kept; its steps go.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pruned: bool,
    },
    /// A payload was resolved and waits to be worded, approved or sent.
    EffectIntended {
        step: String,
        n: u32,
        kind: EffectKind,
        target: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Stored>,
        key: String,
        /// The policy rule that let it pass.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
    },
    /// Intended and certainly not sent.
    EffectWithdrawn {
        step: String,
        n: u32,
    },
    EffectObserved {
        step: String,
        n: u32,
        #[serde(flatten)]
        outcome: Outcome,
    },
    StepSucceeded {
        step: String,
        /// Where it is not the observed output.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Stored>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        products: Products,
        /// Edges taken into nodes with several incoming edges.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<String>,
        /// Edges that will never be taken, likewise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dead: Vec<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
    },
    StepSkipped {
        step: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dead: Vec<String>,
    },
    /// It did not work and is tried again at `at`.
    StepRetry {
        step: String,
        attempt: u32,
        at: Micros,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reconcile: bool,
        error: Fault,
    },
    StepFailed {
        step: String,
        error: Fault,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dead: Vec<String>,
    },
    /// It sleeps until `at`.
    StepSleeping {
        step: String,
        at: Micros,
    },
    /// It may or may not have happened; a person decides.
    StepInDoubt {
        step: String,
        error: Fault,
    },
    DoubtResolved {
        step: String,
        happened: bool,
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Stored>,
    },
    /// The worker that held it is gone.
    LeaseLost {
        step: String,
        n: u32,
    },
    InputRequested {
        step: String,
        fields: Vec<MissingField>,
    },
    InputGiven {
        step: String,
        values: BTreeMap<String, Value>,
        by: String,
    },
    /// It waits for a message.
    MessageAwaited {
        step: String,
        name: String,
        correlation: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Micros>,
    },
    MessageReceived {
        step: String,
        message: MessageId,
        payload: Stored,
        by: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
    },
    /// A message is published.
    MessageEmitted {
        step: String,
        id: MessageId,
        name: String,
        correlation: String,
        payload: Stored,
        expires: Micros,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
    },
    /// A person is asked to fill in a form.
    TaskAsked {
        step: String,
        title: Text,
        show: Stored,
        /// JSON Schema of the values.
        form: Stored,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<String>,
        /// Until when it should be done, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Micros>,
        /// Until when it must be done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Micros>,
    },
    TaskSubmitted {
        step: String,
        values: Stored,
        by: String,
    },
    /// An agent named calls; each is a step of its own.
    CallsNamed {
        step: String,
        round: u32,
        calls: Vec<Called>,
    },
    /// All calls of a round have ended; the agent is asked again. `head` names the conversation so far.
    RoundEnded {
        step: String,
        head: Digest,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
    },
    /// How a step's effect is taken back, should the run fail or be cancelled.
    UndoKept {
        step: String,
        tool: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        args: Option<Stored>,
        /// Pointers into the arguments at which outsiders' content stands.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        untrusted: Vec<String>,
        /// Why there are no arguments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Fault>,
    },
    ApprovalRequested {
        ask: Box<Ask>,
    },
    ApprovalDecided {
        approval: ApprovalId,
        step: String,
        #[serde(flatten)]
        decision: Decision,
        /// The payload that was decided on.
        digest: Digest,
        by: String,
        channel: Channel,
        /// Further calls of this run that the decision covers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant: Option<Grant>,
    },
    /// A person approved, and others have to as well before it goes.
    ApprovalVoted {
        approval: ApprovalId,
        step: String,
        /// The payload that was approved.
        digest: Digest,
        by: String,
        channel: Channel,
    },
    /// Somebody's right to decide went to somebody else.
    ApprovalDelegated {
        approval: ApprovalId,
        step: String,
        by: String,
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        channel: Channel,
    },
    /// Somebody who is to decide asks back.
    ApprovalQuestioned {
        approval: ApprovalId,
        step: String,
        text: String,
        by: String,
        channel: Channel,
    },
    /// What was asked back is answered; questions are counted from 1.
    ApprovalAnswered {
        approval: ApprovalId,
        step: String,
        question: u32,
        text: String,
        by: String,
        channel: Channel,
    },
    /// Nobody decided for a while: others are asked as well.
    ApprovalEscalated {
        approval: ApprovalId,
        step: String,
        rules: Vec<String>,
        to: Vec<String>,
    },
    /// A person approved what the plan may do, within bounds.
    EnvelopeSealed {
        envelope: Box<crate::envelope::Envelope>,
        digest: Digest,
        by: String,
        channel: Channel,
    },
    /// A call was within the envelope; it stands as approved.
    EnvelopeUsed {
        step: String,
        /// The approval digest of the payload.
        digest: Digest,
    },
    /// A standing rule covered a call; it stands as approved.
    StandingUsed {
        step: String,
        rule: StandingId,
        /// The approval digest of the payload.
        digest: Digest,
    },
    ApprovalExpired {
        approval: ApprovalId,
        step: String,
    },
    ApprovalVoided {
        approval: ApprovalId,
        step: String,
    },
    ChildStarted {
        step: String,
        run: RunId,
        workflow: Digest,
        input: Stored,
        depth: u32,
        /// Outsiders may have written a part of the input.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
        /// What the person asked for who began all this, in their own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<String>,
    },
    ChildFinished {
        step: String,
        run: RunId,
        output: Stored,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Fault>,
    },
    ReplanRequested {
        step: String,
        cause: String,
    },
    CancelRequested {
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    StepCancelled {
        step: String,
    },
    RunPaused {
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    RunResumed {
        by: String,
    },
    /// From here on what was done is taken back.
    RunUndoing {},
    /// A step failed for good while others are still at work; nothing new begins.
    RunFailing {
        error: Fault,
    },
    RunCompleted {
        output: Stored,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Box<Answer>>,
        /// Outsiders may have written a part of the output.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untrusted: bool,
    },
    RunFailed {
        error: Fault,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Box<Answer>>,
    },
    RunCancelled {
        by: String,
    },
    /// An event about a subject as the log keeps it: what kind it was, and its text under the subject's key.
    Sealed {
        was: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        key: String,
        text: String,
    },
    /// A person starts a failed run again from where it failed.
    RunRetried {
        by: String,
        steps: Vec<String>,
        /// The undoing goes on; nothing else.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undoing: bool,
    },
}

/// Another run's past, and what is different from there on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forked {
    pub from: RunId,
    /// The last event of the past.
    pub seq: u64,
    /// Hash of the entry that holds it.
    pub head: Digest,
    /// The state that the past left.
    #[serde(deserialize_with = "read_state")]
    pub state: Box<Run>,
    pub facts: Digest,
    pub by: String,
    /// Another input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Stored>,
    /// Another version of the workflow, with its contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Digest>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<String, Digest>,
    /// Ended steps that the new version lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
}

/// Within a tagged event keys that are numbers are only read from a value, not from the text itself.
fn read_state<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Box<Run>, D::Error> {
    serde_json::from_value(Value::deserialize(from)?).map(Box::new).map_err(serde::de::Error::custom)
}

/// How a run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Absent while the plan is still to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Digest>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    pub input: Stored,
    pub facts: Digest,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<String, Digest>,
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Micros>,
    /// -100 to 100; larger goes first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Outsiders may have written a part of the input.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
    /// A child run: what the person asked for who began all this, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// The version of the rules that it is decided by to its end.
    #[serde(default = "first_laws", skip_serializing_if = "is_first")]
    pub laws: u32,
    /// Whom it is about; its record is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
}

fn is_zero(n: &i32) -> bool {
    *n == 0
}

pub(crate) fn first_laws() -> u32 {
    1
}

pub(crate) fn is_first(laws: &u32) -> bool {
    *laws == 1
}

/// The step of another run that waits for this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    pub run: RunId,
    pub step: String,
    pub depth: u32,
}

/// The answer to a request: made from events, so it can't claim what did not happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// True when a model worded it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub worded: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub title: String,
    pub url: String,
}

impl Event {
    /// The stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run_started",
            Self::RunForked(_) => "run_forked",
            Self::RunMigrated { .. } => "run_migrated",
            Self::FactsBound { .. } => "facts_bound",
            Self::PlanAccepted { .. } => "plan_accepted",
            Self::StepReady { .. } => "step_ready",
            Self::StepStarted { .. } => "step_started",
            Self::ItemStarted { .. } => "item_started",
            Self::ItemEnded { .. } => "item_ended",
            Self::EffectIntended { .. } => "effect_intended",
            Self::EffectWithdrawn { .. } => "effect_withdrawn",
            Self::EffectObserved { .. } => "effect_observed",
            Self::StepSucceeded { .. } => "step_succeeded",
            Self::StepSkipped { .. } => "step_skipped",
            Self::StepRetry { .. } => "step_retry",
            Self::StepFailed { .. } => "step_failed",
            Self::StepSleeping { .. } => "step_sleeping",
            Self::StepInDoubt { .. } => "step_in_doubt",
            Self::DoubtResolved { .. } => "doubt_resolved",
            Self::LeaseLost { .. } => "lease_lost",
            Self::InputRequested { .. } => "input_requested",
            Self::InputGiven { .. } => "input_given",
            Self::MessageAwaited { .. } => "message_awaited",
            Self::MessageReceived { .. } => "message_received",
            Self::MessageEmitted { .. } => "message_emitted",
            Self::TaskAsked { .. } => "task_asked",
            Self::TaskSubmitted { .. } => "task_submitted",
            Self::CallsNamed { .. } => "calls_named",
            Self::RoundEnded { .. } => "round_ended",
            Self::UndoKept { .. } => "undo_kept",
            Self::ApprovalRequested { .. } => "approval_requested",
            Self::ApprovalDecided { .. } => "approval_decided",
            Self::ApprovalVoted { .. } => "approval_voted",
            Self::ApprovalDelegated { .. } => "approval_delegated",
            Self::ApprovalQuestioned { .. } => "approval_questioned",
            Self::ApprovalAnswered { .. } => "approval_answered",
            Self::ApprovalEscalated { .. } => "approval_escalated",
            Self::EnvelopeSealed { .. } => "envelope_sealed",
            Self::EnvelopeUsed { .. } => "envelope_used",
            Self::StandingUsed { .. } => "standing_used",
            Self::ApprovalExpired { .. } => "approval_expired",
            Self::ApprovalVoided { .. } => "approval_voided",
            Self::ChildStarted { .. } => "child_started",
            Self::ChildFinished { .. } => "child_finished",
            Self::ReplanRequested { .. } => "replan_requested",
            Self::CancelRequested { .. } => "cancel_requested",
            Self::StepCancelled { .. } => "step_cancelled",
            Self::RunPaused { .. } => "run_paused",
            Self::RunResumed { .. } => "run_resumed",
            Self::RunUndoing {} => "run_undoing",
            Self::RunFailing { .. } => "run_failing",
            Self::RunCompleted { .. } => "run_completed",
            Self::RunFailed { .. } => "run_failed",
            Self::RunCancelled { .. } => "run_cancelled",
            Self::Sealed { .. } => "sealed",
            Self::RunRetried { .. } => "run_retried",
        }
    }

    /// The step that it is about, if one.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::StepReady { step }
            | Self::StepStarted { step, .. }
            | Self::ItemStarted { step, .. }
            | Self::ItemEnded { step, .. }
            | Self::EffectIntended { step, .. }
            | Self::EffectWithdrawn { step, .. }
            | Self::EffectObserved { step, .. }
            | Self::StepSucceeded { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::StepRetry { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepSleeping { step, .. }
            | Self::StepInDoubt { step, .. }
            | Self::DoubtResolved { step, .. }
            | Self::LeaseLost { step, .. }
            | Self::InputRequested { step, .. }
            | Self::InputGiven { step, .. }
            | Self::MessageAwaited { step, .. }
            | Self::MessageReceived { step, .. }
            | Self::MessageEmitted { step, .. }
            | Self::TaskAsked { step, .. }
            | Self::TaskSubmitted { step, .. }
            | Self::CallsNamed { step, .. }
            | Self::RoundEnded { step, .. }
            | Self::UndoKept { step, .. }
            | Self::ApprovalDecided { step, .. }
            | Self::ApprovalVoted { step, .. }
            | Self::StandingUsed { step, .. }
            | Self::ApprovalDelegated { step, .. }
            | Self::ApprovalQuestioned { step, .. }
            | Self::ApprovalAnswered { step, .. }
            | Self::ApprovalEscalated { step, .. }
            | Self::EnvelopeUsed { step, .. }
            | Self::ApprovalExpired { step, .. }
            | Self::ApprovalVoided { step, .. }
            | Self::ChildStarted { step, .. }
            | Self::ChildFinished { step, .. }
            | Self::ReplanRequested { step, .. }
            | Self::StepCancelled { step } => Some(step),
            Self::ApprovalRequested { ask } => Some(&ask.step),
            Self::Sealed { step, .. } => step.as_deref(),
            _ => None,
        }
    }
}

/// One transition as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Number of its first event within the run, from 1, without gaps.
    pub seq: u64,
    /// How many events it holds.
    pub count: u32,
    pub at: Micros,
    /// Who caused it: `user:…`, `worker`, `system`.
    pub actor: String,
    /// The command that caused it.
    pub command: String,
    /// The events as a JSON array, exactly as hashed.
    pub body: String,
    pub hash: Digest,
}

impl Entry {
    /// The hash that chains an entry to the one before it: SHA-256 over length-prefixed parts.
    pub fn chain(
        previous: &Digest,
        workspace: WorkspaceId,
        run: RunId,
        seq: u64,
        command: &str,
        actor: &str,
        at: Micros,
        body: &str,
    ) -> Digest {
        Digest::of_parts(&[
            &previous.0,
            workspace.as_bytes(),
            run.as_bytes(),
            &seq.to_be_bytes(),
            command.as_bytes(),
            actor.as_bytes(),
            &at.0.to_be_bytes(),
            body.as_bytes(),
        ])
    }

    /// Reads the events back.
    pub fn events(&self) -> Result<Vec<Event>, serde_json::Error> {
        serde_json::from_str(&self.body)
    }
}

//! Commands: what can be asked of a run. Each becomes events or is refused; there is no third way.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::approval::{Channel, Decision};
use crate::effect::Outcome;
use crate::event::{Forked, Started};
use crate::fault::Fault;
use crate::hash::Digest;
use crate::id::{ApprovalId, MessageId, RunId};
use crate::plan::ActionPlan;
use crate::stored::Stored;

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Begins the run; `plan` is one that a person has already seen.
    Start {
        started: Box<Started>,
        plan: Option<Box<ActionPlan>>,
    },
    /// Begins a run with another one's past. What was under way then comes with what came of it.
    Fork {
        forked: Box<Forked>,
        outcomes: Vec<ForkedOutcome>,
        children: Vec<ForkedChild>,
    },
    /// Goes on with another version of the workflow.
    Migrate {
        workflow: Digest,
        pins: BTreeMap<String, Digest>,
        by: String,
    },
    /// The task of this step is due: it is ready, or its time has come.
    Wake {
        step: String,
    },
    /// What came of an effect.
    Observe {
        step: String,
        intent: u32,
        outcome: Box<Outcome>,
    },
    /// Intended, and certainly never sent.
    Withdraw {
        step: String,
        intent: u32,
    },
    /// The worker that held the step is gone.
    Rescue {
        step: String,
        intent: u32,
    },
    /// Values that the run waits for: `step.field` → value.
    Input {
        values: BTreeMap<String, Value>,
        by: String,
    },
    Decide {
        approval: ApprovalId,
        digest: Digest,
        decision: Decision,
        by: String,
        channel: Channel,
    },
    /// A person gives the right to decide to somebody else.
    Delegate {
        approval: ApprovalId,
        to: String,
        reason: Option<String>,
        by: String,
        channel: Channel,
    },
    /// A person who is to decide asks back.
    Question {
        approval: ApprovalId,
        text: String,
        by: String,
        channel: Channel,
    },
    /// A person answers what was asked back; questions are counted from 1.
    Answer {
        approval: ApprovalId,
        question: u32,
        text: String,
        by: String,
        channel: Channel,
    },
    /// A person approves what a plan may do, within bounds.
    Seal {
        envelope: Box<crate::envelope::Envelope>,
        digest: Digest,
        by: String,
        channel: Channel,
    },
    /// A person knows whether a doubtful effect happened.
    Resolve {
        step: String,
        /// The call that the person means; absent: the one that is in doubt when the command comes.
        intent: Option<u32>,
        happened: bool,
        output: Option<Value>,
        by: String,
    },
    ChildDone {
        step: String,
        run: RunId,
        output: Stored,
        /// Outsiders may have written a part of the output.
        untrusted: bool,
        error: Option<Fault>,
    },
    /// A message for a step that waits for one: for `step`, or for the first that waits for this
    /// name and correlation.
    Deliver {
        step: Option<String>,
        message: MessageId,
        name: String,
        correlation: String,
        payload: Stored,
        /// The payload counts as written by outsiders.
        untrusted: bool,
        by: String,
    },
    /// A person hands in the form of a `human_task`.
    Submit {
        step: String,
        values: Stored,
        by: String,
    },
    Cancel {
        by: String,
        reason: Option<String>,
    },
    /// Let what is under way end and begin nothing new.
    Pause {
        by: String,
        reason: Option<String>,
    },
    Resume {
        by: String,
    },
    /// Start a failed run again from its failed steps.
    Retry {
        by: String,
    },
}

/// What came of a call that was under way at the end of a fork's past.
#[derive(Debug, Clone, PartialEq)]
pub struct ForkedOutcome {
    pub step: String,
    pub intent: u32,
    pub outcome: Box<Outcome>,
}

/// What came of a child run that was under way at the end of a fork's past.
#[derive(Debug, Clone, PartialEq)]
pub struct ForkedChild {
    pub step: String,
    pub run: RunId,
    pub output: Stored,
    pub untrusted: bool,
    pub error: Option<Fault>,
}

impl Command {
    /// The stable name, kept in the log entry.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Fork { .. } => "fork",
            Self::Migrate { .. } => "migrate",
            Self::Wake { .. } => "wake",
            Self::Observe { .. } => "observe",
            Self::Withdraw { .. } => "withdraw",
            Self::Rescue { .. } => "rescue",
            Self::Input { .. } => "input",
            Self::Decide { .. } => "decide",
            Self::Delegate { .. } => "delegate",
            Self::Question { .. } => "question",
            Self::Answer { .. } => "answer",
            Self::Seal { .. } => "seal",
            Self::Resolve { .. } => "resolve",
            Self::ChildDone { .. } => "child_done",
            Self::Deliver { .. } => "deliver",
            Self::Submit { .. } => "submit",
            Self::Cancel { .. } => "cancel",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Retry { .. } => "retry",
        }
    }
}

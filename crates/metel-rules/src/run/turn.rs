//! One turn of the machine: the state, the command's surroundings, the events so far.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use metel_model::Fault;
use metel_model::chance::Chance;
use metel_model::command::Command;
use metel_model::event::Event;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::run::Run;
use metel_model::status::{RunStatus, StepStatus};
use metel_model::stored::{INLINE_BYTES_MAX, PAYLOAD_BYTES_MAX, Stored};
use metel_model::time::Micros;
use serde_json::Value;

use super::{evolve, laws};
use crate::asked::{self, Call, Judgement};
use crate::contract::Compiled;
use crate::graph::{Program, undone_by};

/// The time and the room that a command comes with.
#[derive(Debug, Clone)]
pub struct Context {
    pub now: Micros,
    /// `user:…`, `worker`, `system`.
    pub actor: String,
    /// How many new effects may be intended now; further steps are left ready.
    pub starts: u32,
    /// Steps that need more than this are left ready.
    pub able: Able,
}

/// What the worker that a command comes with can begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Able {
    /// Steps that need no more than these words.
    To(Vec<String>),
    /// Any step but those that a log says were left.
    AllBut(BTreeSet<String>),
}

impl Default for Able {
    fn default() -> Self {
        Self::To(Vec::new())
    }
}

/// Where definitions, contracts and stored values come from. Looking up has no effect and the same
/// key always gives the same thing.
pub trait Library {
    fn program(&self, digest: &Digest) -> Option<Arc<Program>>;
    /// The contract that a tool name means now, with its digest. Asked only while a workflow is being bound.
    fn current(&self, tool: &str) -> Option<Arc<Compiled>>;
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>>;
    /// The workflow that a name means now.
    fn workflow(&self, name: &str) -> Option<Digest>;
    /// The agent that stands for a built-in step such as `text.summarize`.
    fn agent_step(&self, tool: &str) -> Option<String>;
    fn has_agent(&self, name: &str) -> bool;
    fn blob(&self, digest: &Digest) -> Option<Arc<Value>>;
    /// Judges by who asked. Whoever keeps what it read may judge the same faster; `keep` says whether
    /// this may be kept.
    fn judge(&self, call: &Call<'_>, context: &asked::Context<'_>, keep: bool) -> Judgement {
        let _ = keep;
        asked::judge(call, context)
    }
}

/// Everything that a decision may look at besides the state.
pub struct Env<'e> {
    pub library: &'e dyn Library,
    pub facts: &'e Facts,
    pub facts_digest: Digest,
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Decision {
    pub events: Vec<Event>,
    /// Large values and definitions that the events name.
    pub blobs: Vec<(Digest, String)>,
}

/// Why a command changed nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The caller's fault, or the run's state does not allow it.
    Fault(Box<Fault>),
    /// The run has ended.
    Final,
    /// It speaks of an intention, approval or step that is no longer the current one.
    Stale,
    /// It came too early.
    NotDue(Micros),
    /// These stored values have to be read first.
    Needs(Vec<Digest>),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

pub(super) struct Turn<'t, 'e> {
    pub run: &'t mut Run,
    pub env: &'t Env<'e>,
    pub now: Micros,
    pub starts: u32,
    able: &'t Able,
    pub chance: Chance,
    pub program: Option<Arc<Program>>,
    /// Steps whose turn has come, in order.
    pub queue: VecDeque<String>,
    events: Vec<Event>,
    blobs: Vec<(Digest, String)>,
}

impl<'t, 'e> Turn<'t, 'e> {
    pub fn new(run: &'t mut Run, env: &'t Env<'e>, context: &'t Context) -> Self {
        let chance = Chance::new(run.id, run.seq, context.now);
        let program = run.workflow.and_then(|digest| env.library.program(&digest));
        Self {
            run,
            env,
            now: context.now,
            starts: context.starts,
            able: &context.able,
            chance,
            program,
            queue: VecDeque::new(),
            events: Vec::new(),
            blobs: Vec::new(),
        }
    }

    /// Appends an event and folds it in.
    pub fn emit(&mut self, event: Event) {
        evolve(self.run, &event, self.now);
        self.events.push(event);
    }

    /// Records that the run's surroundings changed since its last decision.
    pub fn bind_facts(&mut self, command: &Command) {
        let acts = !matches!(
            command,
            Command::Start { .. } | Command::Fork { .. } | Command::Cancel { .. } | Command::Withdraw { .. }
        );
        if acts && self.run.facts != self.env.facts_digest {
            self.emit(Event::FactsBound { facts: self.env.facts_digest });
        }
    }

    pub fn program(&self) -> Result<Arc<Program>, Refusal> {
        match (&self.program, self.run.workflow) {
            (Some(program), _) => Ok(program.clone()),
            (None, Some(digest)) => Err(Refusal::Needs(vec![digest])),
            (None, None) => Err(Refusal::Stale),
        }
    }

    /// Keeps a value in the event when it is small, else in the blob store.
    pub fn store(&mut self, value: Value) -> Result<Stored, Box<Fault>> {
        // A value that reads as a reference to a stored one must not be mistaken for it.
        let plain = value.get("$blob").is_none();
        if plain && metel_model::json::is_surely_within(&value, INLINE_BYTES_MAX) {
            return Ok(Stored::inline(value));
        }
        let text = value.to_string();
        if plain && text.len() <= INLINE_BYTES_MAX {
            return Ok(Stored::inline(value));
        }
        if text.len() > PAYLOAD_BYTES_MAX {
            return Err(Box::new(
                Fault::new(metel_model::Code::LimitExceeded)
                    .about(format!("{} bytes, {PAYLOAD_BYTES_MAX} allowed", text.len())),
            ));
        }
        let digest = Digest::of(text.as_bytes());
        let bytes = text.len() as u64;
        self.blobs.push((digest, text));
        Ok(Stored::Blob { digest, bytes })
    }

    /// What a step sees, the values of this very transition included.
    pub fn view<'v>(&'v self, program: Option<&'v Program>, step: &str) -> super::scope::View<'v> {
        super::scope::View::of(self.run, self.env.library, program, step, self.now).over(&self.blobs)
    }

    pub fn keep_blob(&mut self, digest: Digest, text: String) {
        self.blobs.push((digest, text));
    }

    /// Reads a stored value back.
    pub fn load(&self, stored: &Stored) -> Result<Arc<Value>, Refusal> {
        match stored {
            Stored::Inline(value) => Ok(value.clone()),
            Stored::Blob { digest, .. } => {
                if let Some((_, text)) = self.blobs.iter().find(|(d, _)| d == digest) {
                    return Ok(Arc::new(serde_json::from_str(text).unwrap_or(Value::Null)));
                }
                self.env.library.blob(digest).ok_or_else(|| Refusal::Needs(vec![*digest]))
            }
        }
    }

    /// Lets every step whose turn has come take it, then sees whether the run is at its end.
    pub fn settle(&mut self) -> Result<(), Refusal> {
        let bounded = laws::bounds(self.run);
        if bounded && self.run.seq > laws::EVENTS_MAX && !self.queue.is_empty() && !self.is_stopping() {
            let fault = Fault::new(metel_model::Code::LimitExceeded).about(format!("{} events", laws::EVENTS_MAX));
            super::finish::fail_run(self, fault)?;
        }
        while let Some(step) = self.queue.pop_front() {
            if self.run.status.is_final() {
                break;
            }
            if self.is_over(&step) {
                continue;
            }
            // Once another plan is wanted nothing of the old one begins.
            if !step.starts_with('@')
                && super::planning::is_wanted(self.run)
                && !super::planning::began(self.run, &step)
            {
                continue;
            }
            if self.run.paused.is_some() || bounded && self.events.len() >= laws::TURN_EVENTS_MAX {
                self.leave_ready(step);
                continue;
            }
            super::schedule::activate(self, &step)?;
        }
        super::finish::end_if_done(self)
    }

    /// Whether the run is on its way to its end: nothing new begins.
    pub fn is_stopping(&self) -> bool {
        self.run.cancelling.is_some() || self.run.failing.is_some()
    }

    /// Whether nothing more begins for a step: its run is on its way to its end, and the step is not what
    /// takes another one back.
    pub fn is_over(&self, step: &str) -> bool {
        self.is_stopping() && undone_by(step).is_none()
    }

    /// A step whose turn has come is left to the queue.
    fn leave_ready(&mut self, step: String) {
        let status = self.run.steps.get(&step).map(|s| s.status).unwrap_or_default();
        if status != StepStatus::Ready && !status.is_final() {
            self.emit(Event::StepReady { step });
        }
    }

    /// Whether an effect of this step may be intended now; if not, the step is left ready.
    pub fn may_begin(&self, step: &str) -> bool {
        if self.run.paused.is_some() {
            return false;
        }
        match self.able {
            Able::AllBut(left) => !left.contains(step),
            Able::To(words) => {
                let needs = || super::needs::of(self.run, self.program.as_deref(), self.env.library, step);
                self.starts > 0 && needs().iter().all(|need| words.contains(need))
            }
        }
    }

    /// Takes steps out that have nothing on its way: their questions are void.
    pub fn drop_steps(&mut self, steps: Vec<String>) {
        for step in steps {
            if let Some(approval) = self.run.steps.get(&step).and_then(|s| s.approval.clone()) {
                self.emit(Event::ApprovalVoided { approval: approval.id, step: step.clone() });
            }
            self.emit(Event::StepCancelled { step });
        }
    }

    pub fn is_working(&self) -> bool {
        self.run
            .slots
            .iter()
            .flatten()
            .any(|id| self.run.steps.get(id).is_some_and(|s| s.status == StepStatus::Running))
    }

    pub fn finish(self) -> Decision {
        if !self.run.status.is_final() {
            let held = self.run.paused.is_some();
            let moves = |status: StepStatus| status == StepStatus::Running || status == StepStatus::Ready && !held;
            let moving =
                self.run.slots.iter().flatten().any(|id| self.run.steps.get(id).is_some_and(|s| moves(s.status)));
            self.run.status = if moving { RunStatus::Running } else { RunStatus::Waiting };
        }
        self.run.version += 1;
        Decision { events: self.events, blobs: self.blobs }
    }
}

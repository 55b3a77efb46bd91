//! Replay: the log is folded again, each recorded fact is given to the machine again, and every event
//! it produces must be the recorded one, to the letter.

use std::collections::BTreeSet;
use std::sync::Arc;

use metel_model::approval::Decision;
use metel_model::command::{Command, ForkedChild, ForkedOutcome};
use metel_model::event::{Entry, Event};
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::json;
use metel_model::run::Run;
use serde_json::value::RawValue;

use super::turn::{Able, Context, Env, Library, Refusal};
use super::{blank, transition};

/// A command and its surroundings as the log recorded them.
pub struct Recorded {
    pub command: Command,
    pub context: Context,
    pub facts: Digest,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub events: u64,
    /// Sequence number of the first event that differs, and how.
    pub diverged: Option<(u64, String)>,
    /// Hash of the state at the end; zero where an event differs.
    pub state: Digest,
    pub head: Digest,
}

/// What a recorded command leads to now.
pub enum Produced {
    Events {
        seq: u64,
        events: Vec<Event>,
        /// The record is sealed: its hashes are over what lies there, not over what it says.
        sealed: bool,
    },
    Diverged(u64, String),
}

/// Decides a log again, entry by entry. What it holds comes from its own decisions only.
pub struct Decider {
    run: Run,
    /// The surroundings seldom change from one decision to the next.
    known: Option<(Digest, Arc<Facts>)>,
}

impl Decider {
    pub fn new(workspace: WorkspaceId, id: RunId) -> Self {
        Self { run: blank(workspace, id), known: None }
    }

    pub fn decide(
        &mut self,
        entry: &Entry,
        told: Option<Told<'_>>,
        library: &dyn Library,
        facts: &dyn Fn(&Digest) -> Option<Arc<Facts>>,
    ) -> Result<Produced, Refusal> {
        let Some(recorded) = told.and_then(|told| command_of(&self.run, entry, told)) else {
            return Ok(Produced::Diverged(entry.seq, "the entry cannot be read as a command".to_owned()));
        };
        if self.known.as_ref().is_none_or(|(digest, _)| *digest != recorded.facts) {
            self.known = facts(&recorded.facts).map(|facts| (recorded.facts, facts));
        }
        let Some((_, present)) = &self.known else { return Err(Refusal::Needs(vec![recorded.facts])) };
        let env = Env { library, facts: present, facts_digest: recorded.facts };
        let seq = self.run.seq;
        match transition(&mut self.run, &env, recorded.command, &recorded.context) {
            Ok(decision) => Ok(Produced::Events { seq, events: decision.events, sealed: self.run.subject.is_some() }),
            Err(needs @ Refusal::Needs(_)) => Err(needs),
            Err(refusal) => Ok(Produced::Diverged(entry.seq, format!("the command is refused: {refusal:?}"))),
        }
    }
}

/// Holds what was decided again against what is recorded, and chains it.
pub struct Checker {
    workspace: WorkspaceId,
    run: RunId,
    head: Digest,
    events: u64,
    diverged: Option<(u64, String)>,
    text: Vec<u8>,
}

impl Checker {
    pub fn new(workspace: WorkspaceId, run: RunId) -> Self {
        Self { workspace, run, head: Digest::ZERO, events: 0, diverged: None, text: Vec::new() }
    }

    pub fn has_diverged(&self) -> bool {
        self.diverged.is_some()
    }

    /// False from the first entry on that differs.
    pub fn check(&mut self, entry: &Entry, produced: Produced) -> bool {
        if self.diverged.is_some() {
            return false;
        }
        let (seq, events, sealed) = match produced {
            Produced::Events { seq, events, sealed } => (seq, events, sealed),
            Produced::Diverged(seq, how) => {
                self.diverged = Some((seq, how));
                return false;
            }
        };
        self.text.clear();
        let written = serde_json::to_writer(&mut self.text, &events).is_ok();
        if !written || self.text != entry.body.as_bytes() || seq != entry.seq {
            self.diverged = Some(first_difference(entry, seq, &events));
            return false;
        }
        self.head = if sealed {
            entry.hash
        } else {
            let (id, command, actor) = (self.run, &entry.command, &entry.actor);
            Entry::chain(&self.head, self.workspace, id, seq, command, actor, entry.at, &entry.body)
        };
        self.events += events.len() as u64;
        true
    }
}

impl Report {
    /// What both found together. Where they differ there is no state to speak of.
    pub fn of(decider: Decider, checker: Checker) -> Self {
        let mut run = decider.run;
        run.head = checker.head;
        let state = if checker.diverged.is_some() { Digest::ZERO } else { state_hash(&run) };
        Self { events: checker.events, diverged: checker.diverged, state, head: run.head }
    }
}

/// Replays a run's whole log. `facts` and `library` give what the digests in the log name; the
/// outside is never asked.
pub fn replay(
    workspace: WorkspaceId,
    id: RunId,
    entries: &[Entry],
    library: &dyn Library,
    facts: &dyn Fn(&Digest) -> Option<Arc<Facts>>,
) -> Result<Report, Refusal> {
    let (mut decider, mut checker) = (Decider::new(workspace, id), Checker::new(workspace, id));
    for entry in entries {
        let produced = decider.decide(entry, Told::of(entry), library, facts)?;
        if !checker.check(entry, produced) {
            break;
        }
    }
    Ok(Report::of(decider, checker))
}

/// The stored values that a log names, each once, in the order of their names.
pub fn references(entries: &[Entry]) -> BTreeSet<Digest> {
    // A stored value, and the newest link of a conversation.
    const SIGNS: [&str; 2] = ["\"$blob\":\"", "\"head\":\""];
    let mut found = BTreeSet::new();
    for (entry, sign) in entries.iter().flat_map(|entry| SIGNS.map(|sign| (entry, sign))) {
        for (at, _) in entry.body.match_indices(sign) {
            let start = at + sign.len();
            // What merely looks like one is asked for in vain, or not at all.
            found.extend(entry.body.get(start..start + 64).and_then(Digest::parse));
        }
    }
    found
}

/// The hash of a state: over its canonical JSON.
pub fn state_hash(run: &Run) -> Digest {
    serde_json::to_value(run).ok().and_then(|value| json::digest(&value).ok()).unwrap_or_default()
}

fn first_difference(entry: &Entry, seq: u64, produced: &[Event]) -> (u64, String) {
    let recorded = entry.events().unwrap_or_default();
    for (i, event) in recorded.iter().enumerate() {
        if produced.get(i) != Some(event) {
            let now = produced.get(i).map_or("nothing", |e| e.name());
            return (seq + i as u64, format!("recorded {}, produced {now}", event.name()));
        }
    }
    let at = seq + recorded.len() as u64;
    (
        at,
        produced
            .get(recorded.len())
            .map_or("the text differs".to_owned(), |e| format!("recorded nothing, produced {}", e.name())),
    )
}

/// An entry as it is read, before anything is known of the run: its first event, and the text of the others, which
/// are derived from the first and seldom more than compared.
pub struct Told<'e> {
    texts: Vec<&'e RawValue>,
    bound: Option<Digest>,
    first: Event,
    /// Where the first event stands.
    at: usize,
    /// Steps left ready: those that there was no room for, or that somebody else has to do.
    left: BTreeSet<String>,
}

impl<'e> Told<'e> {
    pub fn of(entry: &'e Entry) -> Option<Self> {
        let texts: Vec<&RawValue> = serde_json::from_str(&entry.body).ok()?;
        let read = |i: usize| texts.get(i).and_then(|text| serde_json::from_str::<Event>(text.get()).ok());
        let (mut bound, mut first, mut at) = (None, read(0)?, 0);
        if let Event::FactsBound { facts } = first {
            (bound, first, at) = (Some(facts), read(1)?, 1);
        }
        let ready = texts.iter().filter(|text| text.get().contains("\"step_ready\""));
        let events = ready.filter_map(|text| serde_json::from_str(text.get()).ok());
        let steps = events.filter_map(|event| match event {
            Event::StepReady { step } => Some(step),
            _ => None,
        });
        let left = steps.collect();
        Some(Self { texts, bound, first, at, left })
    }
}

fn get(texts: &[&RawValue], i: usize) -> Option<Event> {
    texts.get(i).and_then(|text| serde_json::from_str(text.get()).ok())
}

fn from(texts: &[&RawValue], i: usize) -> Option<Vec<Event>> {
    texts.get(i..)?.iter().map(|text| serde_json::from_str(text.get()).ok()).collect()
}

/// Reads the command back from what it caused.
pub fn recover(run: &Run, entry: &Entry) -> Option<Recorded> {
    command_of(run, entry, Told::of(entry)?)
}

fn command_of(run: &Run, entry: &Entry, told: Told<'_>) -> Option<Recorded> {
    let Told { texts, bound, first, at, left } = told;
    let mut facts = bound.unwrap_or(run.facts);
    let command = match (entry.command.as_str(), first) {
        ("start", Event::RunStarted(started)) => {
            facts = started.facts;
            let plan = match (started.workflow, get(&texts, at + 1)) {
                (None, Some(Event::PlanAccepted { plan, .. })) => Some(plan),
                _ => None,
            };
            Command::Start { started, plan }
        }
        ("fork", Event::RunForked(forked)) => {
            facts = forked.facts;
            let (mut outcomes, mut children) = (Vec::new(), Vec::new());
            for event in from(&texts, at + 1)? {
                match event {
                    Event::EffectObserved { step, n, outcome } => {
                        outcomes.push(ForkedOutcome { step, intent: n, outcome: Box::new(outcome) });
                    }
                    Event::ChildFinished { step, run, output, untrusted, error } => {
                        children.push(ForkedChild { step, run, output, untrusted, error });
                    }
                    _ => {}
                }
            }
            Command::Fork { forked, outcomes, children }
        }
        ("migrate", Event::RunMigrated { workflow, pins, by, .. }) => Command::Migrate { workflow, pins, by },
        ("wake", event) => Command::Wake { step: event.step()?.to_owned() },
        ("observe", Event::EffectObserved { step, n, outcome }) => {
            Command::Observe { step, intent: n, outcome: Box::new(outcome) }
        }
        ("withdraw", Event::EffectWithdrawn { step, n }) => Command::Withdraw { step, intent: n },
        ("rescue", Event::LeaseLost { step, n }) => Command::Rescue { step, intent: n },
        ("input", Event::InputGiven { by, .. }) => {
            let given = from(&texts, at)?.into_iter().filter_map(|event| match event {
                Event::InputGiven { values, .. } => Some(values),
                _ => None,
            });
            Command::Input { values: given.flatten().collect(), by }
        }
        ("decide", Event::ApprovalDecided { approval, step, decision, digest, by, channel, .. }) => {
            // An edit is bound to the new payload; the command named the one that was shown.
            let shown = run.steps.get(&step).and_then(|s| s.approval.as_ref()).map_or(digest, |a| a.digest);
            let digest = if matches!(decision, Decision::Edit { .. }) { shown } else { digest };
            Command::Decide { approval, digest, decision, by, channel }
        }
        ("decide", Event::ApprovalVoted { approval, digest, by, channel, .. }) => {
            let decision = Decision::Approve { all_like_this: false };
            Command::Decide { approval, digest, decision, by, channel }
        }
        ("delegate", Event::ApprovalDelegated { approval, to, reason, by, channel, .. }) => {
            Command::Delegate { approval, to, reason, by, channel }
        }
        ("question", Event::ApprovalQuestioned { approval, text, by, channel, .. }) => {
            Command::Question { approval, text, by, channel }
        }
        ("answer", Event::ApprovalAnswered { approval, question, text, by, channel, .. }) => {
            Command::Answer { approval, question, text, by, channel }
        }
        ("seal", Event::EnvelopeSealed { envelope, digest, by, channel }) => {
            Command::Seal { envelope, digest, by, channel }
        }
        ("resolve", Event::DoubtResolved { step, happened, by, output }) => {
            let output = output.as_ref().and_then(|o| o.value().cloned());
            Command::Resolve { step, intent: None, happened, output, by }
        }
        ("child_done", Event::ChildFinished { step, run, output, untrusted, error }) => {
            Command::ChildDone { step, run, output, untrusted, error }
        }
        ("deliver", Event::MessageReceived { step, message, payload, by, untrusted }) => {
            let awaited = run.steps.get(&step)?.message.clone()?;
            let (name, correlation) = (awaited.name, awaited.correlation);
            Command::Deliver { step: Some(step), message, name, correlation, payload, untrusted, by }
        }
        ("submit", Event::TaskSubmitted { step, values, by }) => Command::Submit { step, values, by },
        ("pause", Event::RunPaused { by, reason }) => Command::Pause { by, reason },
        ("resume", Event::RunResumed { by }) => Command::Resume { by },
        ("cancel", Event::CancelRequested { by, reason }) => Command::Cancel { by, reason },
        ("retry", Event::RunRetried { by, .. }) => Command::Retry { by },
        _ => return None,
    };
    let able = Able::AllBut(left);
    let context = Context { now: entry.at, actor: entry.actor.clone(), starts: u32::MAX, able };
    Some(Recorded { command, context, facts })
}

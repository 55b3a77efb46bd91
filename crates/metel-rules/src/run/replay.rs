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
    /// Hash of the state at the end.
    pub state: Digest,
    pub head: Digest,
}

/// Replays a run's whole log. `facts` and `library` give what the digests in the log name; the
/// outside is never asked.
pub fn replay<'l>(
    workspace: WorkspaceId,
    id: RunId,
    entries: &[Entry],
    library: &'l dyn Library,
    facts: &dyn Fn(&Digest) -> Option<Arc<Facts>>,
) -> Result<Report, Refusal> {
    let mut run = blank(workspace, id);
    let mut report = Report { events: 0, diverged: None, state: Digest::ZERO, head: Digest::ZERO };
    // The surroundings seldom change from one decision to the next.
    let mut known: Option<(Digest, Arc<Facts>)> = None;
    for entry in entries {
        let Some(recorded) = recover(&run, entry) else {
            report.diverged = Some((entry.seq, "the entry cannot be read as a command".to_owned()));
            break;
        };
        if known.as_ref().is_none_or(|(digest, _)| *digest != recorded.facts) {
            known = facts(&recorded.facts).map(|facts| (recorded.facts, facts));
        }
        let Some((_, present)) = &known else { return Err(Refusal::Needs(vec![recorded.facts])) };
        let env = Env { library, facts: present, facts_digest: recorded.facts };
        let seq = run.seq;
        let decision = match transition(&mut run, &env, recorded.command, &recorded.context) {
            Ok(decision) => decision,
            Err(needs @ Refusal::Needs(_)) => return Err(needs),
            Err(refusal) => {
                report.diverged = Some((entry.seq, format!("the command is refused: {refusal:?}")));
                break;
            }
        };
        let body = serde_json::to_string(&decision.events).unwrap_or_default();
        if body != entry.body || seq != entry.seq {
            report.diverged = Some(first_difference(entry, seq, &decision.events));
            break;
        }
        // Hashes of a sealed record are over what lies there, not over what it says.
        run.head = match run.subject {
            Some(_) => entry.hash,
            None => Entry::chain(&run.head, workspace, id, seq, &entry.command, &entry.actor, entry.at, &body),
        };
        report.events += decision.events.len() as u64;
    }
    report.head = run.head;
    report.state = state_hash(&run);
    Ok(report)
}

/// The stored values that a log names, each once, in the order of their names.
pub fn references(entries: &[Entry]) -> BTreeSet<Digest> {
    const SIGN: &str = "\"$blob\":\"";
    let mut found = BTreeSet::new();
    for entry in entries {
        for (at, _) in entry.body.match_indices(SIGN) {
            let start = at + SIGN.len();
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

/// An entry's events, each read when it is asked for: most are derived from the first and are only compared.
struct Told<'e>(Vec<&'e RawValue>);

impl<'e> Told<'e> {
    fn of(entry: &'e Entry) -> Option<Self> {
        serde_json::from_str(&entry.body).ok().map(Self)
    }

    fn get(&self, i: usize) -> Option<Event> {
        self.0.get(i).and_then(|text| serde_json::from_str(text.get()).ok())
    }

    fn from(&self, i: usize) -> Option<Vec<Event>> {
        self.0.get(i..)?.iter().map(|text| serde_json::from_str(text.get()).ok()).collect()
    }

    /// Steps left ready: those that there was no room for, or that somebody else has to do.
    fn left(&self) -> BTreeSet<String> {
        let ready = self.0.iter().filter(|text| text.get().contains("\"step_ready\""));
        let events = ready.filter_map(|text| serde_json::from_str(text.get()).ok());
        let steps = events.filter_map(|event| match event {
            Event::StepReady { step } => Some(step),
            _ => None,
        });
        steps.collect()
    }
}

/// Reads the command back from what it caused.
pub fn recover(run: &Run, entry: &Entry) -> Option<Recorded> {
    let told = Told::of(entry)?;
    let mut facts = run.facts;
    let (mut first, mut at) = (told.get(0)?, 0);
    if let Event::FactsBound { facts: bound } = first {
        facts = bound;
        at = 1;
        first = told.get(1)?;
    }
    let command = match (entry.command.as_str(), first) {
        ("start", Event::RunStarted(started)) => {
            facts = started.facts;
            let plan = match (started.workflow, told.get(at + 1)) {
                (None, Some(Event::PlanAccepted { plan, .. })) => Some(plan),
                _ => None,
            };
            Command::Start { started, plan }
        }
        ("fork", Event::RunForked(forked)) => {
            facts = forked.facts;
            let (mut outcomes, mut children) = (Vec::new(), Vec::new());
            for event in told.from(at + 1)? {
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
            let given = told.from(at)?.into_iter().filter_map(|event| match event {
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
        ("resolve", Event::DoubtResolved { step, happened, by, output }) => {
            let output = output.as_ref().and_then(|o| o.value().cloned());
            Command::Resolve { step, happened, output, by }
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
    let able = Able::AllBut(told.left());
    let context = Context { now: entry.at, actor: entry.actor.clone(), starts: u32::MAX, able };
    Some(Recorded { command, context, facts })
}

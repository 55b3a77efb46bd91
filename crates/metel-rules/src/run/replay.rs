//! Replay: the log is folded again, each recorded fact is given to the machine again, and every event
//! it produces must be the recorded one, to the letter.

use std::collections::BTreeSet;

use metel_model::approval::Decision;
use metel_model::command::{Command, ForkedChild, ForkedOutcome};
use metel_model::event::{Entry, Event};
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::json;
use metel_model::run::Run;

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
    facts: &dyn Fn(&Digest) -> Option<std::sync::Arc<Facts>>,
) -> Result<Report, Refusal> {
    let mut run = blank(workspace, id);
    let mut report = Report { events: 0, diverged: None, state: Digest::ZERO, head: Digest::ZERO };
    for entry in entries {
        let Some(recorded) = recover(&run, entry) else {
            report.diverged = Some((entry.seq, "the entry cannot be read as a command".to_owned()));
            break;
        };
        let Some(known) = facts(&recorded.facts) else { return Err(Refusal::Needs(vec![recorded.facts])) };
        let env = Env { library, facts: &known, facts_digest: recorded.facts };
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
        run.head = Entry::chain(&run.head, workspace, id, seq, &entry.command, &entry.actor, entry.at, &body);
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

/// Reads the command back from what it caused.
pub fn recover(run: &Run, entry: &Entry) -> Option<Recorded> {
    let events = entry.events().ok()?;
    let mut facts = run.facts;
    let mut rest = events.as_slice();
    if let Some(Event::FactsBound { facts: bound }) = rest.first() {
        facts = *bound;
        rest = &rest[1..];
    }
    let first = rest.first()?;
    let command = match (entry.command.as_str(), first) {
        ("start", Event::RunStarted(started)) => {
            facts = started.facts;
            let plan = match (started.workflow, rest.get(1)) {
                (None, Some(Event::PlanAccepted { plan, .. })) => Some(plan.clone()),
                _ => None,
            };
            Command::Start { started: started.clone(), plan }
        }
        ("fork", Event::RunForked(forked)) => {
            facts = forked.facts;
            let outcomes = rest.iter().filter_map(|event| match event {
                Event::EffectObserved { step, n, outcome } => {
                    Some(ForkedOutcome { step: step.clone(), intent: *n, outcome: Box::new(outcome.clone()) })
                }
                _ => None,
            });
            let children = rest.iter().filter_map(|event| match event {
                Event::ChildFinished { step, run, output, untrusted, error } => Some(ForkedChild {
                    step: step.clone(),
                    run: *run,
                    output: output.clone(),
                    untrusted: *untrusted,
                    error: error.clone(),
                }),
                _ => None,
            });
            Command::Fork { forked: forked.clone(), outcomes: outcomes.collect(), children: children.collect() }
        }
        ("migrate", Event::RunMigrated { workflow, pins, by, .. }) => {
            Command::Migrate { workflow: *workflow, pins: pins.clone(), by: by.clone() }
        }
        ("wake", event) => Command::Wake { step: event.step()?.to_owned() },
        ("observe", Event::EffectObserved { step, n, outcome }) => {
            Command::Observe { step: step.clone(), intent: *n, outcome: Box::new(outcome.clone()) }
        }
        ("withdraw", Event::EffectWithdrawn { step, n }) => Command::Withdraw { step: step.clone(), intent: *n },
        ("rescue", Event::LeaseLost { step, n }) => Command::Rescue { step: step.clone(), intent: *n },
        ("input", Event::InputGiven { by, .. }) => {
            let values = rest
                .iter()
                .filter_map(|event| match event {
                    Event::InputGiven { values, .. } => Some(values.clone()),
                    _ => None,
                })
                .flatten()
                .collect();
            Command::Input { values, by: by.clone() }
        }
        ("decide", Event::ApprovalDecided { approval, step, decision, digest, by, channel, .. }) => {
            // An edit is bound to the new payload; the command named the one that was shown.
            let shown = run.steps.get(step).and_then(|s| s.approval.as_ref()).map_or(*digest, |a| a.digest);
            let digest = if matches!(decision, Decision::Edit { .. }) { shown } else { *digest };
            Command::Decide {
                approval: *approval,
                digest,
                decision: decision.clone(),
                by: by.clone(),
                channel: *channel,
            }
        }
        ("resolve", Event::DoubtResolved { step, happened, by, output }) => Command::Resolve {
            step: step.clone(),
            happened: *happened,
            output: output.as_ref().and_then(|o| o.value().cloned()),
            by: by.clone(),
        },
        ("child_done", Event::ChildFinished { step, run, output, untrusted, error }) => Command::ChildDone {
            step: step.clone(),
            run: *run,
            output: output.clone(),
            untrusted: *untrusted,
            error: error.clone(),
        },
        ("deliver", Event::MessageReceived { step, message, payload, by, untrusted }) => {
            let awaited = run.steps.get(step)?.message.clone()?;
            Command::Deliver {
                step: Some(step.clone()),
                message: *message,
                name: awaited.name,
                correlation: awaited.correlation,
                payload: payload.clone(),
                untrusted: *untrusted,
                by: by.clone(),
            }
        }
        ("submit", Event::TaskSubmitted { step, values, by }) => {
            Command::Submit { step: step.clone(), values: values.clone(), by: by.clone() }
        }
        ("pause", Event::RunPaused { by, reason }) => Command::Pause { by: by.clone(), reason: reason.clone() },
        ("resume", Event::RunResumed { by }) => Command::Resume { by: by.clone() },
        ("cancel", Event::CancelRequested { by, reason }) => Command::Cancel { by: by.clone(), reason: reason.clone() },
        ("retry", Event::RunRetried { by, .. }) => Command::Retry { by: by.clone() },
        _ => return None,
    };
    // Steps left ready are those that there was no room for, or that somebody else has to do.
    let left = events.iter().filter_map(|event| match event {
        Event::StepReady { step } => Some(step.clone()),
        _ => None,
    });
    let able = Able::AllBut(left.collect());
    let context = Context { now: entry.at, actor: entry.actor.clone(), starts: u32::MAX, able };
    Some(Recorded { command, context, facts })
}

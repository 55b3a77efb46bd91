//! What must hold once everything has come to rest, whatever went wrong before.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::contract::Idempotency;
use metel_model::effect::EffectKind;
use metel_model::event::{Entry, Event};
use metel_model::id::{ApprovalId, MessageId, RunId};
use metel_model::run::Run;
use metel_model::status::{ApprovalStatus, RunStatus, StepStatus};
use metel_rules::run::{blank, evolve};
use metel_store::{ApprovalFilter, Header, MessageFilter, MessageState};

use super::services::Arrived;
use super::tools::{self, HARD, WS};
use super::world::World;
use metel_sim::seconds;

/// A broken law, and the run that it is about.
#[derive(Debug, Clone)]
pub struct Broken {
    pub law: String,
    pub run: Option<RunId>,
}

type Kept = Result<(), Broken>;

fn broken(run: RunId, law: impl Into<String>) -> Broken {
    Broken { law: law.into(), run: Some(run) }
}

/// How much was looked at.
#[derive(Debug, Clone, Default)]
pub struct Count {
    pub runs: u64,
    pub events: u64,
    pub calls: u64,
    /// How runs ended, and how often each event occurred.
    pub kinds: BTreeMap<&'static str, u64>,
}

pub fn check(world: &World) -> Result<Count, Broken> {
    let headers = world.headers();
    acknowledged(world, &headers)?;
    let arrived = world.shared.services.arrived();
    let mut calls: BTreeMap<RunId, Vec<&Arrived>> = BTreeMap::new();
    for one in &arrived {
        calls.entry(one.call.run).or_default().push(one);
    }
    let mut count = Count { runs: headers.len() as u64, calls: arrived.len() as u64, ..Count::default() };
    for header in &headers {
        if !header.status.is_final() {
            return Err(broken(header.id, format!("it comes to its end: {} {:?}", header.status, header.waiting)));
        }
        let log = world.eye.see(world.eye.engine.log(WS, header.id)).map_err(|f| broken(header.id, f.to_string()))?;
        let run = record(world, header, &log)?;
        count.events += header.seq - 1;
        for event in log.iter().flat_map(|entry| entry.events().unwrap_or_default()) {
            *count.kinds.entry(event.name()).or_default() += 1;
        }
        order(header.id, &log)?;
        effects(world, &run, &log, calls.get(&header.id).map_or(&[], Vec::as_slice))?;
        nothing_left(world, &run)?;
    }
    if let Some(one) = arrived.iter().find(|one| !headers.iter().any(|h| h.id == one.call.run)) {
        return Err(broken(one.call.run, "a call belongs to a run that is there"));
    }
    children(world, &headers)?;
    post(world)?;
    Ok(count)
}

/// One key is one run, and whoever was told of a run finds it.
fn acknowledged(world: &World, headers: &[Header]) -> Kept {
    for wanted in &world.wanted {
        let found: Vec<RunId> = headers.iter().filter(|h| h.name == wanted.key).map(|h| h.id).collect();
        let told = *wanted.told.lock();
        if told.is_none() {
            return Err(Broken { law: format!("a client is told of its run in the end: {}", wanted.key), run: None });
        }
        if found.len() != 1 || told != found.first().copied() {
            return Err(Broken { law: format!("one key, one run: {} {told:?} {found:?}", wanted.key), run: told });
        }
    }
    Ok(())
}

/// The log has no gap, its chain holds, it folds to the header, and replayed it is the same to the letter.
fn record(world: &World, header: &Header, log: &[Entry]) -> Result<Run, Broken> {
    let (id, eye) = (header.id, &world.eye);
    let wrong = |what: String| broken(id, what);
    let audit = eye.see(eye.engine.audit_run(WS, id)).map_err(|f| wrong(f.to_string()))?;
    if let Some((_, seq, what)) = audit.first_fault {
        return Err(wrong(format!("the chain holds: event {seq}: {what}")));
    }
    let mut run = blank(WS, id);
    for entry in log {
        if entry.seq != run.seq {
            return Err(wrong(format!("events have no gap: {} after {}", entry.seq, run.seq)));
        }
        for event in entry.events().map_err(|e| wrong(format!("events can be read: {e}")))? {
            evolve(&mut run, &event, entry.at);
        }
        run.version += 1;
        run.head = entry.hash;
    }
    run.status = header.status;
    let loaded = eye.see(eye.engine.load(WS, id)).map_err(|f| wrong(f.to_string()))?;
    if loaded != run {
        return Err(wrong("snapshot and tail give what the whole log gives".to_owned()));
    }
    let stored = (header.status, header.seq, header.version, header.head, header.cost, header.tokens);
    let folded = (run.status, run.seq, run.version, run.head, run.cost, run.tokens);
    let told = (header.waiting, header.error, header.updated_at, header.workflow);
    let holds = (run.waiting_for(), run.error.as_ref().map(|e| e.code), run.updated_at, run.workflow);
    if stored != folded || told != holds {
        return Err(wrong(format!("the header is what the log says: {stored:?} {folded:?} {told:?} {holds:?}")));
    }
    let replay = eye.see(eye.engine.replay(WS, id)).map_err(|f| wrong(format!("it replays: {f}")))?;
    if replay.report.diverged.is_some() || !replay.same_head {
        return Err(wrong(format!("it replays to the letter: {:?}", replay.report.diverged)));
    }
    Ok(run)
}

/// What may follow what.
fn order(id: RunId, log: &[Entry]) -> Kept {
    let mut ended = false;
    let (mut taken, mut asked): (BTreeSet<MessageId>, BTreeMap<ApprovalId, String>) = Default::default();
    for event in log.iter().flat_map(|entry| entry.events().unwrap_or_default()) {
        let again = matches!(event, Event::FactsBound { .. } | Event::RunRetried { .. });
        if ended && !again {
            return Err(broken(id, format!("after the end only a person's retry: {}", event.name())));
        }
        match &event {
            Event::MessageReceived { message, .. } if !taken.insert(*message) => {
                return Err(broken(id, format!("a message is taken once: {message}")));
            }
            Event::ApprovalRequested { ask } => {
                asked.insert(ask.id, ask.step.clone());
            }
            Event::ApprovalDecided { approval, step, by, .. } => {
                if asked.remove(approval).as_ref() != Some(step) {
                    return Err(broken(id, format!("only what was asked is decided, once: {step}")));
                }
                if by == "user:mallory" {
                    return Err(broken(id, "a forged decision counts for nothing"));
                }
            }
            Event::ApprovalExpired { approval, .. } | Event::ApprovalVoided { approval, .. } => {
                asked.remove(approval);
            }
            Event::RunCompleted { .. } | Event::RunFailed { .. } | Event::RunCancelled { .. } => ended = true,
            Event::RunRetried { .. } => ended = false,
            _ => {}
        }
    }
    Ok(())
}

/// What one step's calls were, by its log.
#[derive(Default)]
struct Intended {
    /// Number, key, payload and tool of each call.
    calls: Vec<(u32, String, String)>,
    /// A person approved this many times.
    approved: u32,
    /// A person said that it had happened; one said that it had not, or started the run again.
    happened: bool,
    words: u32,
    /// When a person said that it had not happened, in milliseconds.
    denied: Vec<u64>,
    succeeded: bool,
    observed_good: bool,
}

/// What the services hold against what the log says.
fn effects(world: &World, run: &Run, log: &[Entry], calls: &[&Arrived]) -> Kept {
    let steps = intended(run.id, log)?;
    let empty = Intended::default();
    let mut acted: BTreeMap<&str, Vec<&Arrived>> = BTreeMap::new();
    for one in calls {
        let call = &one.call;
        let wrong = |law: &str| Err(broken(run.id, format!("{law}: {} {} {}", call.step, call.tool, call.key)));
        let known = steps.get(call.step.as_str()).unwrap_or(&empty);
        let same = |(n, key, tool): &&(u32, String, String)| {
            *n == call.intent && call.key.starts_with(key.as_str()) && *tool == call.tool
        };
        if !known.calls.iter().any(|c| same(&c)) {
            return wrong("a call was intended, durably, before it was sent");
        }
        if one.acted {
            acted.entry(&call.step).or_default().push(one);
        }
    }
    let mut said: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for call in calls.iter().map(|one| &one.call) {
        let says = (call.step.as_str(), call.payload.as_str());
        if *said.entry(&call.key).or_insert(says) != says {
            return Err(broken(run.id, format!("one key says one thing: {} {}", call.step, call.key)));
        }
    }
    let early = world.shared.services.asked_early();
    for (step, acted) in &acted {
        let known = steps.get(*step).unwrap_or(&empty);
        let tool = &acted[0].call.tool;
        let keys: BTreeSet<&str> = acted.iter().map(|one| one.call.key.as_str()).collect();
        let (times, may) = match tools::idempotency(tool) {
            Idempotency::Natural => continue,
            // Each key acts once; another key needs a person's word.
            Idempotency::Key { .. } => (keys.len() as u32, 1 + known.words),
            // A person looked, or the platform asked: never twice.
            Idempotency::None { .. } if keys.iter().any(|key| early.contains(*key)) && world.jumped => continue,
            Idempotency::None { .. } => {
                // A word that came too late, after the next call had acted, is the person's own.
                let wrong = known.denied.iter().filter(|at| acted.iter().any(|one| one.at < **at));
                (acted.len() as u32, 1 + wrong.count() as u32)
            }
        };
        if times > may {
            let at: Vec<String> = acted.iter().map(|one| seconds(one.at)).collect();
            return Err(broken(
                run.id,
                format!("{step} ({tool}) acted {times} times, {may} allowed: {}", at.join(" ")),
            ));
        }
    }
    for (step, known) in &steps {
        let sent = !known.calls.is_empty() && known.succeeded && known.observed_good && !known.happened;
        let tool = known.calls.last().map_or("", |c| c.2.as_str());
        if sent && tool != "s.note" && !acted.contains_key(step.as_str()) {
            return Err(broken(run.id, format!("what succeeded did happen: {step} ({tool})")));
        }
    }
    Ok(())
}

fn intended(id: RunId, log: &[Entry]) -> Result<BTreeMap<String, Intended>, Broken> {
    let mut steps: BTreeMap<String, Intended> = BTreeMap::new();
    let mut flying: BTreeMap<String, EffectKind> = BTreeMap::new();
    for (at, event) in
        log.iter().flat_map(|entry| entry.events().unwrap_or_default().into_iter().map(|e| (entry.at, e)))
    {
        match event {
            Event::EffectIntended { step, n, kind, target, key, .. } => {
                if flying.insert(step.clone(), kind).is_some() {
                    return Err(broken(id, format!("one call of a step at a time: {step}")));
                }
                let known = steps.entry(step.clone()).or_default();
                if kind != EffectKind::Tool {
                    continue;
                }
                if HARD.contains(&target.as_str()) && known.approved == 0 {
                    return Err(broken(id, format!("destruction and money want an approval: {step} {target}")));
                }
                known.calls.push((n, key, target));
            }
            Event::EffectObserved { step, outcome, .. } => {
                flying.remove(&step);
                let good = outcome.fault.is_none() && outcome.status.is_none_or(|s| s < 400);
                steps.entry(step).or_default().observed_good |= good;
            }
            Event::EffectWithdrawn { step, .. } | Event::LeaseLost { step, .. } => {
                flying.remove(&step);
            }
            Event::ApprovalDecided { step, decision, .. } => {
                let approves = !matches!(decision, metel_model::approval::Decision::Reject { .. });
                steps.entry(step).or_default().approved += u32::from(approves);
            }
            Event::DoubtResolved { step, happened, .. } => {
                let known = steps.entry(step).or_default();
                known.happened |= happened;
                known.words += u32::from(!happened);
                if !happened {
                    known.denied.push(metel_sim::ms_since_start(at));
                }
            }
            Event::RunRetried { .. } => steps.values_mut().for_each(|known| known.words += 1),
            Event::StepSucceeded { step, .. } => {
                let known = steps.entry(step.clone()).or_default();
                if std::mem::replace(&mut known.succeeded, true) && !step.starts_with('@') {
                    return Err(broken(id, format!("a step is completed once: {step}")));
                }
            }
            _ => {}
        }
    }
    match flying.first_key_value() {
        Some((step, _)) => Err(broken(id, format!("nothing is on its way at the end: {step}"))),
        None => Ok(steps),
    }
}

/// An ended run holds no place in any queue.
fn nothing_left(world: &World, run: &Run) -> Kept {
    let (eye, store, id) = (&world.eye, &world.shared.store, run.id);
    let tasks = eye.see(store.tasks(WS, id)).unwrap();
    if !tasks.is_empty() {
        return Err(broken(id, format!("an ended run has no tasks: {tasks:?}")));
    }
    let waiting = eye.see(store.subscriptions(WS, None, Some(id), 10)).unwrap();
    if !waiting.is_empty() {
        return Err(broken(id, format!("an ended run waits for no message: {waiting:?}")));
    }
    let filter = ApprovalFilter { run: Some(id), status: Some(ApprovalStatus::Pending), ..Default::default() };
    let asks = eye.see(store.approvals(WS, &filter)).unwrap();
    if let Some(ask) = asks.first() {
        return Err(broken(id, format!("an ended run asks nobody: {}", ask.ask.step)));
    }
    let active = run.steps.iter().find(|(_, step)| step.slot.is_some() || step.status == StepStatus::Running);
    if let Some((step, _)) = active {
        return Err(broken(id, format!("no step of an ended run is at work: {step}")));
    }
    let filter = metel_store::DeadFilter { limit: 1_000, ..Default::default() };
    let dead: Vec<_> = eye.see(store.dead(WS, &filter)).unwrap().into_iter().filter(|(of, _)| *of == id).collect();
    if run.status != RunStatus::Failed && !dead.is_empty() {
        return Err(broken(id, format!("only a failed run has work that was given up: {dead:?}")));
    }
    Ok(())
}

/// A child is its parent's: one for each start, and none goes on without it.
fn children(world: &World, headers: &[Header]) -> Kept {
    let by_id: BTreeMap<RunId, &Header> = headers.iter().map(|h| (h.id, h)).collect();
    for header in headers {
        let Some((parent, step)) = &header.parent else { continue };
        if !by_id.contains_key(parent) {
            return Err(broken(header.id, "a child's parent is there"));
        }
        let log = world.eye.see(world.eye.engine.log(WS, *parent)).unwrap();
        let events = log.iter().flat_map(|entry| entry.events().unwrap_or_default());
        let started = events
            .filter(|e| matches!(e, Event::ChildStarted { run, step: s, .. } if *run == header.id && s == step))
            .count();
        if started != 1 {
            return Err(broken(header.id, format!("a child was started by its parent once: {started}")));
        }
    }
    Ok(())
}

/// No message is still on its way, and every notice was delivered.
fn post(world: &World) -> Kept {
    let filter = MessageFilter { limit: 1_000, ..MessageFilter::default() };
    for row in world.eye.see(world.shared.store.messages(WS, &filter)).unwrap() {
        if matches!(row.state, MessageState::New | MessageState::Given) {
            let (id, state) = (row.message.id, row.state.key());
            return Err(Broken { law: format!("no message stays on its way: {id} is {state}"), run: None });
        }
    }
    if let Some(due) = world.eye.see(world.shared.store.outbox_next_due()).unwrap() {
        let due = metel_sim::since_start(due);
        return Err(Broken { law: format!("every notice is delivered: one is due at {due}"), run: None });
    }
    Ok(())
}

//! What is known of a run after its end: its logs, the calls that receivers saw, the places it reached, and
//! whether metel kept its own laws.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metel_model::contract::Idempotency;
use metel_model::event::{Entry, Event};
use metel_model::id::RunId;
use metel_model::run::Run;
use metel_model::{Code, Fault};
use metel_rules::audit::Audit;
use metel_rules::graph::{Program, split_step};
use metel_store::{Capsule, Header, RunFilter};

use super::fault::{Point, Schedule};
use super::ground::{Ground, WS};
use super::receivers::Call;
use super::world::World;

/// One run's part of a trace.
pub(super) struct Told {
    pub run: Run,
    pub program: Arc<Program>,
    /// Events in order, with the number of the entry that each stands in.
    pub events: Vec<(usize, Event)>,
    pub entries: Vec<Entry>,
    pub steps: BTreeSet<String>,
}

pub(super) struct Trace {
    pub schedule: Schedule,
    /// Places in the order in which they were reached.
    pub points: Vec<Point>,
    /// Every act took place.
    pub complete: bool,
    /// The tortured run first, then those that it started.
    pub runs: Vec<Told>,
    pub calls: Vec<Call>,
    /// Laws of metel's own that did not hold.
    pub broken: Vec<(String, String)>,
    /// Simulated milliseconds.
    pub ms: u64,
    pub story: Vec<String>,
    world: World,
}

impl Trace {
    pub fn of(world: World, ended: bool) -> Result<Self, Fault> {
        let (eye, ground) = (&world.eye, &world.shared.ground);
        let filter = RunFilter { limit: 1_000, ..RunFilter::default() };
        let mut headers = eye.see(world.shared.store.list_runs(WS, &filter))?;
        headers.sort_by_key(|header| (header.parent.is_some(), header.created_at, header.id));
        let mut runs = Vec::with_capacity(headers.len());
        let mut broken = Vec::new();
        for header in &headers {
            let told = told(&world, header)?;
            if let Err(law) = sound(&world, header, &told) {
                broken.push((String::new(), law));
            }
            runs.push(told);
        }
        if headers.iter().filter(|header| header.parent.is_none()).count() != 1 {
            broken.push((String::new(), "one key is one run".to_owned()));
        }
        let calls = world.shared.receivers.lock().calls.clone();
        if !ended {
            let waits = runs.first().and_then(|told| told.run.waiting_for());
            // A run that waits for a named reason waits; nobody simulated can give it.
            if waits.is_none() {
                broken.push((String::new(), "every run ends or waits for a named reason".to_owned()));
            }
        }
        broken.extend(sent(&runs, &calls, ground));
        let (points, complete) = {
            let plot = world.shared.plot.lock();
            (plot.points.clone(), plot.done.iter().all(|done| *done))
        };
        let (schedule, ms, story) = (world.schedule.clone(), world.shared.story.now(), world.shared.story.lines());
        Ok(Self { schedule, points, complete, runs, calls, broken, ms, story, world })
    }

    /// Nodes that were done, by their workflow.
    pub fn nodes_done(&self) -> impl Iterator<Item = (String, String)> {
        self.runs.iter().flat_map(|told| {
            told.events.iter().filter_map(|(_, event)| match event {
                Event::StepSucceeded { step, .. } => Some((told.run.name.clone(), split_step(step).0.to_owned())),
                _ => None,
            })
        })
    }

    pub fn root(&self) -> Option<&Told> {
        self.runs.first()
    }

    /// Everything that a replay of the run needs.
    pub fn capsule(&self, made_by: &str) -> Result<Capsule, Fault> {
        let root = self.root().ok_or_else(|| Fault::new(Code::RunNotFound))?;
        let eye = &self.world.eye;
        eye.see(eye.engine.capsule(WS, root.run.id, made_by))
    }
}

fn told(world: &World, header: &Header) -> Result<Told, Fault> {
    let eye = &world.eye;
    let entries = eye.see(eye.engine.log(WS, header.id))?;
    let mut events = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let list = entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
        events.extend(list.into_iter().map(|event| (at, event)));
    }
    let run = eye.see(eye.engine.load(WS, header.id))?;
    let digest = run.workflow.ok_or_else(|| Fault::new(Code::StoreCorrupt).about(header.id))?;
    let program = eye.see(eye.engine.program(WS, digest))?;
    let steps = events.iter().filter_map(|(_, event)| event.step().map(str::to_owned)).collect();
    Ok(Told { run, program, events, entries, steps })
}

/// The log is whole, its chain holds, and a replay gives the same.
fn sound(world: &World, header: &Header, told: &Told) -> Result<(), String> {
    let mut audit = Audit::new(WS, header.id);
    let held = audit.feed(&told.entries).and_then(|()| audit.end(header.seq, header.head));
    held.map_err(|wrong| format!("the log is whole: event {} {}", wrong.seq, wrong.what.name()))?;
    let report = world.eye.see(world.eye.engine.replay(WS, header.id)).map_err(|fault| fault.to_string())?;
    match report.report.diverged {
        Some((seq, what)) => Err(format!("a replay equals the log: event {seq} {what}")),
        None if !report.same_head => Err("a replay ends where the run ended".to_owned()),
        None => Ok(()),
    }
}

/// What was sent was intended before; what succeeded did happen; a step is completed once.
fn sent(runs: &[Told], calls: &[Call], ground: &Ground) -> Vec<(String, String)> {
    let mut broken = Vec::new();
    for told in runs {
        let (mut intended, mut succeeded) = (BTreeSet::new(), BTreeMap::new());
        let mut settled_by_person = BTreeSet::new();
        for (_, event) in &told.events {
            match event {
                Event::EffectIntended { step, n, key, .. } => drop(intended.insert((step, *n, key))),
                Event::StepSucceeded { step, .. } => *succeeded.entry(step).or_insert(0) += 1,
                Event::DoubtResolved { step, happened: true, .. } => drop(settled_by_person.insert(step)),
                _ => {}
            }
        }
        for call in of(calls, told.run.id) {
            if !intended.contains(&(&call.step, call.intent, &call.key)) {
                broken.push((call.step.clone(), "a call was intended before it was sent".to_owned()));
            }
        }
        for (step, times) in succeeded {
            if times > 1 && !step.starts_with('@') {
                broken.push((step.clone(), "a step is completed once".to_owned()));
            }
            let Some(state) = told.run.steps.get(step) else { continue };
            let natural = ground
                .tool(&state.target)
                .is_some_and(|tool| tool.compiled.contract.idempotency == Idempotency::Natural);
            let arrived = of(calls, told.run.id).any(|call| call.step == *step);
            let is_call = ground.is_effect(&state.target) && !natural;
            if is_call && !arrived && !settled_by_person.contains(step) {
                broken.push((step.clone(), "what succeeded did happen".to_owned()));
            }
        }
    }
    broken
}

pub(super) fn of(calls: &[Call], run: RunId) -> impl Iterator<Item = &Call> {
    calls.iter().filter(move |call| call.run == run)
}

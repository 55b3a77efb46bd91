//! The ordinary ways of a workflow: runs without faults, found by varying answers and decisions until each
//! step was done, each branch taken and each gate refused, as far as that is possible.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use metel_model::Fault;
use metel_model::event::Event;
use metel_model::status::RunStatus;
use metel_rules::graph::split_step;

use super::fault::{Act, Kind, Moment, Point, Schedule};
use super::ground::Ground;
use super::judge::Ways;
use super::trace::Trace;
use super::world;

/// Runs that look for ways at most, and ways that are kept.
const TRIES_MAX: usize = 200;
const KEPT_MAX: usize = 24;

/// An ordinary run.
pub(super) struct Way {
    pub trace: Trace,
    pub ways: Ways,
    covers: BTreeSet<String>,
}

/// The ways, the fullest first, and how many runs it took to find them.
pub(super) fn find(ground: &Arc<Ground>, seed: u64) -> Result<(Vec<Way>, usize), Fault> {
    let mut kept = vec![way(ground, Schedule::default(), seed)?];
    let mut covered = kept[0].covers.clone();
    let mut tried = BTreeSet::from([String::new()]);
    let mut queue = VecDeque::from([0]);
    while let Some(at) = queue.pop_front() {
        for choice in choices(ground, &kept[at].trace) {
            let schedule = kept[at].trace.schedule.with(choice);
            let mut text: Vec<String> = schedule.0.iter().map(ToString::to_string).collect();
            text.sort();
            if kept.len() >= KEPT_MAX || tried.len() >= TRIES_MAX || !tried.insert(text.join(",")) {
                continue;
            }
            let one = way(ground, schedule, seed)?;
            if !one.covers.is_subset(&covered) && one.trace.complete {
                covered.extend(one.covers.iter().cloned());
                queue.push_back(kept.len());
                kept.push(one);
            }
        }
    }
    // What completes and does most stands for the usual run.
    let completes = |way: &Way| way.trace.root().is_some_and(|told| told.run.status == RunStatus::Completed);
    if let Some(main) =
        (0..kept.len()).max_by_key(|at| (completes(&kept[*at]), kept[*at].covers.len(), std::cmp::Reverse(*at)))
    {
        let main = kept.remove(main);
        kept.insert(0, main);
    }
    Ok((kept, tried.len()))
}

fn way(ground: &Arc<Ground>, schedule: Schedule, seed: u64) -> Result<Way, Fault> {
    let trace = world::run(ground, &schedule, seed)?;
    let ways = Ways::of(&trace);
    let mut covers: BTreeSet<String> = ways.covers().collect();
    for told in &trace.runs {
        let name = &told.run.name;
        for (_, event) in &told.events {
            match event {
                Event::StepSucceeded { step, .. } => drop(covers.insert(format!("{name} {}", split_step(step).0))),
                Event::ApprovalDecided { step, decision: metel_model::approval::Decision::Reject { .. }, .. } => {
                    covers.insert(format!("{name} no at {}", split_step(step).0));
                }
                _ => {}
            }
        }
        covers.insert(format!("{name} ends {}", told.run.status));
    }
    Ok(Way { trace, ways, covers })
}

/// What may be answered or decided otherwise in a run.
fn choices(ground: &Ground, trace: &Trace) -> Vec<Act> {
    let chosen = |at: &Point| trace.schedule.0.iter().any(|act| act.at.moment == at.moment && act.at.name == at.name);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |at: Point, count: usize| {
        if !chosen(&at) && seen.insert(at.clone()) {
            found.extend((1..count).map(|n| Act { kind: Kind::Answer(n as u32), at: at.clone() }));
        }
    };
    let named = |moment: Moment, name: &str| Point { moment, name: name.to_owned(), n: 1 };
    add(named(Moment::Start, "input"), ground.inputs.len());
    for told in &trace.runs {
        for step in &told.steps {
            let node = split_step(step).0;
            let target = told.program.node_of(step).map(|node| &node.kind);
            if let Some(metel_rules::graph::Kind::Tool { tool, .. }) = target {
                add(named(Moment::BeforeCall, node), ground.tool(tool).map_or(0, |tool| tool.answers.len()));
            }
            add(named(Moment::BeforeCall, node), ground.replies.get(node).map_or(0, Vec::len));
        }
    }
    for point in trace.points.iter().filter(|point| point.moment == Moment::Decision && !chosen(point)) {
        found.push(Act { kind: Kind::Reject, at: point.clone() });
    }
    found
}

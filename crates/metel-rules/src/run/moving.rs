//! Whether a run that is under way can go on with another version of its workflow, and that it does.
//!
//! What is done stays done and is never called again. What waits keeps waiting: a gate for its decision, a
//! timer for its time. What would leave a run hanging, or count a step as something that it was not, is
//! named before anything changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::{Fault, FieldFault};
use metel_model::hash::Digest;
use metel_model::run::{Run, Step};
use metel_model::status::StepStatus;
use metel_model::workflow::{Node, NodeKind};

use super::schedule;
use super::turn::{Refusal, Turn};
use crate::graph::{Program, START, split_step, undone_by};

/// Why a run cannot go on with `new`; empty when it can. The pointer is the step's id.
pub fn blockers(run: &Run, old: &Program, new: &Program) -> Vec<FieldFault> {
    let mut found = Vec::new();
    let mut say = |step: &str, en: &str, ko: &str| found.push(FieldFault::new(step, en, ko));
    if run.plan.is_some() {
        say("", "it follows a plan made for its request", "요청을 위해 세운 계획을 따르고 있어요");
        return found;
    }
    if run.status.is_final() || run.undoing || run.cancelling.is_some() || run.failing.is_some() {
        say("", "it has ended, or is on its way to its end", "이미 끝났거나 끝나는 중이에요");
        return found;
    }
    for (id, step) in run.steps.iter().filter(|(id, _)| is_of_workflow(id)) {
        let Some((was, nested)) = top_node(old, id) else { continue };
        let is = new.workflow.nodes.iter().find(|node| node.id == was.id);
        match (stage(step), is) {
            (Stage::Active, None) => {
                say(id, "it is at this step, which the new version lacks", "지금 이 단계에 있는데 새 판에 없어요");
            }
            (Stage::Active, Some(is)) if nested && is != was => {
                say(
                    id,
                    "it is in the middle of this step, which differs",
                    "이 단계를 하는 중인데 새 판에서 달라졌어요",
                );
            }
            (Stage::Active | Stage::Done, Some(is)) if !is_alike(was, is) => {
                say(id, "it is another kind of step in the new version", "새 판에서는 다른 종류의 단계예요");
            }
            _ => {}
        }
    }
    for at in open(run, new) {
        let node = &new.nodes[at];
        let counted = run.steps.get(&node.id).map_or(0, |step| step.arrived + step.dead);
        let passed = new.top.iter().filter(|i| is_done(run, &new.nodes[**i].id));
        let passed: usize = passed.map(|i| new.nodes[*i].outs.iter().filter(|out| out.to == at).count()).sum();
        if node.ins > 1 && passed != counted as usize {
            say(&node.id, "steps before it have ended that it would wait for", "이미 끝난 앞 단계를 기다리게 돼요");
        }
    }
    // What has begun must not be led to a second time.
    let begun = |id: &str| run.steps.get(id).is_some_and(|step| !matches!(stage(step), Stage::Open));
    for at in open(run, new) {
        let node = &new.nodes[at];
        for to in node.outs.iter().map(|out| &new.nodes[out.to]).filter(|to| begun(&to.id)) {
            if to.ins == 1 || !leads(old, &node.id, &to.id) {
                say(&node.id, "it would lead to a step that has begun already", "이미 시작한 단계로 이어져요");
            }
        }
    }
    let reached = reached(run, new);
    for at in open(run, new) {
        if !reached.contains(&at) {
            say(&new.nodes[at].id, "the run has passed the place where it stands", "이미 지나간 자리에 있는 단계예요");
        }
    }
    found
}

fn leads(program: &Program, from: &str, to: &str) -> bool {
    let (Some(from), Some(to)) = (program.position(from), program.position(to)) else { return false };
    program.nodes[from].outs.iter().any(|out| out.to == to)
}

/// Ended steps whose nodes the new version lacks, those within them included.
pub(super) fn gone(run: &Run, old: &Program, new: &Program) -> Vec<String> {
    let lacks = |id: &&String| {
        top_node(old, id).is_some_and(|(was, _)| !new.workflow.nodes.iter().any(|node| node.id == was.id))
    };
    run.steps.keys().filter(|id| is_of_workflow(id)).filter(lacks).cloned().collect()
}

pub(super) fn migrate(
    turn: &mut Turn<'_, '_>,
    workflow: Digest,
    pins: BTreeMap<String, Digest>,
    by: String,
) -> Result<(), Refusal> {
    let old = turn.program()?;
    let new = turn.env.library.program(&workflow).ok_or_else(|| Refusal::Needs(vec![workflow]))?;
    let faults = blockers(turn.run, &old, &new);
    if !faults.is_empty() {
        return Err(refused(faults).into());
    }
    let gone = gone(turn.run, &old, &new);
    turn.emit(Event::RunMigrated { from: old.digest, workflow, pins, gone, by });
    turn.program = Some(new.clone());
    turn.queue.extend(schedule::due(turn.run, &new, None, new.entry, ""));
    Ok(())
}

/// The fault of a run that cannot move.
pub(super) fn refused(faults: Vec<FieldFault>) -> Fault {
    Fault::new(Code::MigrationBlocked).fields(faults)
}

fn is_of_workflow(id: &str) -> bool {
    !id.starts_with('@') && id != START && undone_by(id).is_none()
}

/// The node outside any map or loop that a step belongs to, and whether the step stands within it.
fn top_node<'p>(program: &'p Program, step: &str) -> Option<(&'p Node, bool)> {
    let (name, _, part) = split_step(step);
    let mut at = program.position(name)?;
    let mut nested = part.is_some();
    while let Some(parent) = program.nodes[at].parent {
        (at, nested) = (parent, true);
    }
    let id = &program.nodes[at].id;
    program.workflow.nodes.iter().find(|node| node.id == *id).map(|node| (node, nested))
}

enum Stage {
    Open,
    Active,
    Done,
}

fn stage(step: &Step) -> Stage {
    match step.status {
        StepStatus::Pending => Stage::Open,
        StepStatus::Ready | StepStatus::Running | StepStatus::Waiting | StepStatus::InDoubt => Stage::Active,
        _ => Stage::Done,
    }
}

fn is_done(run: &Run, id: &str) -> bool {
    run.steps.get(id).is_some_and(|step| matches!(stage(step), Stage::Done))
}

/// Whether what was done as one node counts as done for the other.
fn is_alike(was: &Node, is: &Node) -> bool {
    match (&was.kind, &is.kind) {
        (NodeKind::Tool { tool: was, .. }, NodeKind::Tool { tool: is, .. }) => was == is,
        (NodeKind::Subworkflow { workflow: was, .. }, NodeKind::Subworkflow { workflow: is, .. }) => was == is,
        (was, is) => was.name() == is.name(),
    }
}

/// Nodes that have neither begun nor ended.
fn open<'p>(run: &'p Run, program: &'p Program) -> impl Iterator<Item = usize> + 'p {
    let is_open =
        |i: &usize| run.steps.get(&program.nodes[*i].id).is_none_or(|step| matches!(stage(step), Stage::Open));
    program.top.iter().copied().filter(is_open)
}

/// Nodes that the run can still come to.
fn reached(run: &Run, program: &Program) -> HashSet<usize> {
    let due: BTreeSet<String> = schedule::due(run, program, None, program.entry, "").into_iter().collect();
    let begins = |i: &usize| {
        let id = &program.nodes[*i].id;
        let step = run.steps.get(id);
        due.contains(id) || step.is_some_and(|s| matches!(stage(s), Stage::Active) || s.arrived > 0)
    };
    let mut todo: Vec<usize> = program.top.iter().copied().filter(begins).collect();
    let mut found: HashSet<usize> = todo.iter().copied().collect();
    while let Some(at) = todo.pop() {
        for out in &program.nodes[at].outs {
            if found.insert(out.to) {
                todo.push(out.to);
            }
        }
    }
    found
}

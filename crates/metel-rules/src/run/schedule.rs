//! Which steps come next: edges taken and dead, joins, and what each node type does when its turn comes.
//!
//! A node waits until each incoming edge is either taken or known to stay dead. One taken edge starts
//! it, only dead ones skip it; so parallel branches meet and exclusive ones merge without a word. A
//! join may start earlier.

use metel_model::contract::Idempotency;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::run::{Run, Step};
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use metel_model::workflow::{JoinMode, OnError};
use metel_model::{Code, Micros};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::Arc;

use super::scope::pinned;
use super::turn::{Refusal, Turn};
use super::{agents, approve, body, child, conversation, finish, laws, looping, map, message, task, tool, undo};
use crate::graph::{Kind, PNode, Program, called_by, split_step, step_in, undone_by};
use crate::refs::{Resolved, Template, Unresolved};

/// Starts the workflow's entry.
pub(super) fn begin(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    let program = turn.program()?;
    turn.queue.push_back(program.nodes[program.entry].id.clone());
    Ok(())
}

/// After a new plan: whatever its finished steps lead to.
pub(super) fn resume(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    let program = turn.program()?;
    for node in &program.nodes {
        if turn.run.steps.get(&node.id).is_some_and(|s| s.status == StepStatus::Succeeded) {
            continue;
        }
        let arrived = program
            .nodes
            .iter()
            .filter(|from| from.outs.iter().any(|out| program.nodes[out.to].id == node.id))
            .filter(|from| turn.run.steps.get(&from.id).is_some_and(|s| s.status == StepStatus::Succeeded))
            .count() as u32;
        if arrived == node.ins {
            turn.queue.push_back(node.id.clone());
        }
    }
    Ok(())
}

/// A step's turn has come.
pub(super) fn activate(turn: &mut Turn<'_, '_>, step: &str) -> Result<(), Refusal> {
    if step.starts_with('@') {
        return super::planning::activate(turn, step);
    }
    if undone_by(step).is_some() {
        return undo::activate(turn, step);
    }
    let program = turn.program()?;
    let (_, _, part) = split_step(step);
    let Some(node) = program.node_of(step) else { return Err(Refusal::Stale) };
    if is_dead(turn, step) {
        turn.emit(Event::StepCancelled { step: step.to_owned() });
        return Ok(());
    }
    if part.is_some() {
        return agents::activate_part(turn, &program, node, step);
    }
    match &node.kind {
        Kind::Validation { .. } => validate(turn, &program, node, step),
        Kind::Tool { tool, args } => tool::prepare(turn, step, tool, tool::Args::Template(&program, args)),
        Kind::Agents { .. } => agents::activate(turn, &program, node, step),
        Kind::Gate { .. } => approve::gate(turn, &program, node, step),
        Kind::Branch => branch(turn, &program, node, step),
        Kind::Join(_) if turn.run.steps.get(step).is_some_and(|s| is_starved(turn.run, node, s)) => {
            starve(turn, node, step)
        }
        Kind::Parallel | Kind::Join(_) => succeed(turn, step, None, Vec::new(), false),
        Kind::Map { .. } => map::activate(turn, &program, node, step),
        Kind::Loop { .. } => looping::activate(turn, &program, node, step),
        Kind::Message { .. } => message::wait(turn, &program, node, step),
        Kind::Emit { .. } => message::emit(turn, &program, node, step),
        Kind::Task(_) => task::ask(turn, &program, node, step),
        Kind::Wait { duration_ms, until } => sleep(turn, &program, step, *duration_ms, until.as_ref()),
        Kind::Sub { workflow, input } => child::start(turn, &program, step, workflow, input.as_ref()),
        Kind::Finalize { output } => finalize(turn, &program, step, output.as_ref()),
    }
}

/// Resolves references as seen from a step. `Ok(Err)` is the step's own failure.
pub(super) fn resolve(
    turn: &Turn<'_, '_>,
    program: &Program,
    step: &str,
    template: &Template,
) -> Result<Result<Resolved, Box<Fault>>, Refusal> {
    let view = turn.view(Some(program), step);
    match template.resolve(&view) {
        Ok(resolved) => Ok(Ok(resolved)),
        Err(Unresolved::Blob(digest)) => Err(Refusal::Needs(vec![digest])),
        Err(Unresolved::Missing(name)) => Ok(Err(Box::new(Fault::new(Code::ReferenceMissing).about(name).at(step)))),
    }
}

fn validate(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Validation { value, schema, rules } = &node.kind else { return Ok(()) };
    let Resolved { value: input, untrusted } = match value {
        Some(template) => match resolve(turn, program, step, template)? {
            Ok(resolved) => resolved,
            Err(fault) => return fail(turn, step, *fault),
        },
        None => Resolved { value: turn.load(&turn.run.input)?.as_ref().clone(), ..Resolved::default() },
    };
    let mut faults = schema.as_ref().map(|s| crate::contract::field_faults(s, &input)).unwrap_or_default();
    let view = turn.view(Some(program), step).with("value", input.clone());
    for (when, message) in rules {
        match view.holds(when)? {
            Ok(true) => {}
            Ok(false) => {
                faults.push(metel_model::fault::FieldFault { pointer: String::new(), message: message.clone() })
            }
            Err(error) => return fail(turn, step, Fault::new(Code::ExpressionFailed).about(error).at(step)),
        }
    }
    if !faults.is_empty() {
        return fail(turn, step, Fault::new(Code::FieldInvalid).fields(faults).at(step));
    }
    let output = match turn.store(input) {
        Ok(stored) => stored,
        Err(fault) => return fail(turn, step, *fault),
    };
    // A value is checked or passed on, not vouched for.
    succeed(turn, step, Some(output), Vec::new(), !untrusted.is_empty())
}

fn branch(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let mut chosen = None;
    for (i, out) in node.outs.iter().enumerate() {
        let Some(when) = &out.when else { continue };
        let view = turn.view(Some(program), step);
        match view.holds(when)? {
            Ok(true) => {
                chosen = Some(i);
                break;
            }
            Ok(false) => {}
            Err(error) => return fail(turn, step, Fault::new(Code::ExpressionFailed).about(error).at(step)),
        }
    }
    let chosen = chosen.or_else(|| node.outs.iter().position(|out| out.when.is_none()));
    let Some(chosen) = chosen else {
        let fault = Fault::new(Code::StepFailed)
            .detail(
                "no condition of the branch holds and it has no default",
                "갈림길의 조건이 하나도 맞지 않고 기본 길도 없어요",
            )
            .at(step);
        return fail(turn, step, fault);
    };
    succeed(turn, step, None, vec![chosen], false)
}

fn sleep(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    step: &str,
    duration_ms: Option<u64>,
    until: Option<&Template>,
) -> Result<(), Refusal> {
    let at = match (duration_ms, until) {
        (Some(ms), _) => turn.now.plus_millis(ms),
        (None, Some(template)) => match resolve(turn, program, step, template)? {
            Ok(resolved) => match resolved.value.as_str().and_then(Micros::parse) {
                Some(at) => at,
                None => {
                    let fault =
                        Fault::new(Code::FieldInvalid).about(format!("`{}` is not a time (RFC 3339)", resolved.value));
                    return fail(turn, step, fault.at(step));
                }
            },
            Err(fault) => return fail(turn, step, *fault),
        },
        (None, None) => turn.now,
    };
    turn.emit(Event::StepSleeping { step: step.to_owned(), at });
    Ok(())
}

fn finalize(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    step: &str,
    output: Option<&Template>,
) -> Result<(), Refusal> {
    let Resolved { value, untrusted } = match output {
        Some(template) => match resolve(turn, program, step, template)? {
            Ok(resolved) => resolved,
            Err(fault) => return fail(turn, step, *fault),
        },
        None => {
            let (value, tainted) = finish::last_outputs(turn, program)?;
            let tainted = tainted && laws::tells_origin(turn.run);
            Resolved { value, untrusted: if tainted { vec![String::new()] } else { Vec::new() } }
        }
    };
    let output = match turn.store(value) {
        Ok(stored) => stored,
        Err(fault) => return fail(turn, step, *fault),
    };
    succeed(turn, step, Some(output), Vec::new(), !untrusted.is_empty())
}

/// A step is done. `chosen` are the positions of the outgoing edges that a branch takes; others take all.
pub(super) fn succeed(
    turn: &mut Turn<'_, '_>,
    step: &str,
    output: Option<Stored>,
    chosen: Vec<usize>,
    untrusted: bool,
) -> Result<(), Refusal> {
    succeed_with(turn, step, output, Map::new(), chosen, untrusted)
}

pub(super) fn succeed_with(
    turn: &mut Turn<'_, '_>,
    step: &str,
    output: Option<Stored>,
    products: Map<String, Value>,
    chosen: Vec<usize>,
    untrusted: bool,
) -> Result<(), Refusal> {
    if undone_by(step).is_some() {
        turn.emit(Event::StepSucceeded {
            step: step.to_owned(),
            output,
            products: products.into_iter().collect(),
            to: Vec::new(),
            dead: Vec::new(),
            untrusted,
        });
        return Ok(());
    }
    let program = turn.program()?;
    let (_, scope, part) = split_step(step);
    let Some(node) = program.node_of(step) else { return Err(Refusal::Stale) };
    let is_branch = matches!(node.kind, Kind::Branch);
    let takes = |i: usize| {
        let out = &node.outs[i];
        !out.on_error && (!is_branch || chosen.contains(&i))
    };
    let (to, dead) = if part.is_some() { (Vec::new(), Vec::new()) } else { sort_edges(&program, node, scope, takes) };
    // No later node refers to what an agent's call produced.
    let products = if called_by(step).is_some() { Map::new() } else { products };
    turn.emit(Event::StepSucceeded {
        step: step.to_owned(),
        output,
        products: products.into_iter().collect(),
        to,
        dead,
        untrusted,
    });
    if part.is_some() {
        return agents::part_done(turn, &program, node, step);
    }
    undo::keep(turn, &program, node, step)?;
    advance(turn, &program, node, scope, takes)
}

/// A step has failed for good; its `on_error` says what follows.
pub(super) fn fail(turn: &mut Turn<'_, '_>, step: &str, error: Fault) -> Result<(), Refusal> {
    if step.starts_with('@') {
        return super::planning::failed(turn, step, error);
    }
    let error = if error.place.is_none() { error.at(step) } else { error };
    // A call that may have happened has not failed: trying it again, or planning around it, could do
    // it twice. A person looks.
    if may_have_happened(turn, step) {
        turn.emit(Event::StepInDoubt { step: step.to_owned(), error });
        return Ok(());
    }
    if undone_by(step).is_some() {
        return undo::failed(turn, step, error);
    }
    let program = turn.program()?;
    let (_, scope, part) = split_step(step);
    let Some(node) = program.node_of(step) else { return Err(Refusal::Stale) };
    if part.is_some() {
        turn.emit(Event::StepFailed { step: step.to_owned(), error: error.clone(), to: Vec::new(), dead: Vec::new() });
        return agents::part_failed(turn, node, step, error);
    }
    match node.on_error {
        OnError::Continue | OnError::Branch => {
            let on_error = node.on_error == OnError::Branch;
            let takes = |i: usize| node.outs[i].on_error == on_error;
            let (to, dead) = sort_edges(&program, node, scope, takes);
            turn.emit(Event::StepFailed { step: step.to_owned(), error, to, dead });
            advance(turn, &program, node, scope, takes)
        }
        OnError::Replan if turn.run.request.is_some() && scope.is_empty() => {
            turn.emit(Event::StepFailed {
                step: step.to_owned(),
                error: error.clone(),
                to: Vec::new(),
                dead: Vec::new(),
            });
            super::planning::again(turn, step, &error)
        }
        OnError::Fail | OnError::Replan => {
            turn.emit(Event::StepFailed {
                step: step.to_owned(),
                error: error.clone(),
                to: Vec::new(),
                dead: Vec::new(),
            });
            match node.parent {
                Some(_) => body::item_failed(turn, &program, node, scope, error),
                None => finish::fail_run(turn, error),
            }
        }
    }
}

fn may_have_happened(turn: &Turn<'_, '_>, step: &str) -> bool {
    let node = turn.program.as_ref().and_then(|program| program.node_of(step));
    let tool = match (undo::of(turn.run, step), node.map(|node| &node.kind)) {
        (Some(undo), _) => undo.tool.clone(),
        (None, Some(Kind::Agents { .. })) => match conversation::tool_of(turn.run, step) {
            Some(tool) => tool.to_owned(),
            None => return false,
        },
        (None, Some(Kind::Tool { tool, .. })) => tool.clone(),
        _ => return false,
    };
    let natural = || {
        let contract = pinned(turn.run, turn.env.library, &tool);
        contract.is_some_and(|c| c.contract.idempotency == Idempotency::Natural)
    };
    turn.run.steps.get(step).is_some_and(|s| s.unclear) && !natural()
}

/// Targets with several incoming edges, as the event names them: taken ones and dead ones.
fn sort_edges(
    program: &Program,
    node: &PNode,
    scope: &str,
    takes: impl Fn(usize) -> bool,
) -> (Vec<String>, Vec<String>) {
    let (mut to, mut dead) = (Vec::new(), Vec::new());
    for (i, out) in node.outs.iter().enumerate() {
        let target = &program.nodes[out.to];
        if target.ins > 1 {
            let id = step_in(&target.id, scope);
            if takes(i) { to.push(id) } else { dead.push(id) }
        }
    }
    (to, dead)
}

/// Starts or skips what the ended step leads to, then sees whether its map item is done.
fn advance(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    scope: &str,
    takes: impl Fn(usize) -> bool,
) -> Result<(), Refusal> {
    // What comes back to an item that has ended leads nowhere.
    if is_dead(turn, &step_in(&node.id, scope)) {
        return Ok(());
    }
    let mut skipped = Vec::new();
    for (i, out) in node.outs.iter().enumerate() {
        arrive(turn, &program.nodes[out.to], scope, takes(i), &mut skipped);
    }
    // Dead paths run on until they meet a live one.
    while let Some(step) = skipped.pop() {
        let Some(node) = program.node_of(&step) else { continue };
        let (_, dead) = sort_edges(program, node, scope, |_| false);
        turn.emit(Event::StepSkipped { step, dead });
        for out in &node.outs {
            arrive(turn, &program.nodes[out.to], scope, false, &mut skipped);
        }
    }
    if node.parent.is_some() { body::item_moved(turn, program, node, scope) } else { Ok(()) }
}

/// One edge into `target` was decided.
fn arrive(turn: &mut Turn<'_, '_>, target: &PNode, scope: &str, taken: bool, skipped: &mut Vec<String>) {
    let id = step_in(&target.id, scope);
    if target.ins == 1 {
        if taken {
            turn.queue.push_back(id)
        } else {
            skipped.push(id)
        }
        return;
    }
    let Some(step) = turn.run.steps.get(&id) else { return };
    if step.status != StepStatus::Pending || turn.queue.contains(&id) || skipped.contains(&id) {
        return;
    }
    let all = step.arrived + step.dead >= target.ins;
    if is_enough(target, step) || is_starved(turn.run, target, step) {
        turn.queue.push_back(id);
    } else if all {
        skipped.push(id);
    }
}

/// Whether a step stands in an item of a map that has ended, or whose map has.
pub(super) fn is_dead(turn: &Turn<'_, '_>, step: &str) -> bool {
    let Some(program) = &turn.program else { return false };
    let (_, mut scope, _) = split_step(step);
    let mut parent = program.node_of(step).and_then(|node| node.parent);
    while let (Some(map), Some(open)) = (parent, scope.rfind('[')) {
        let index: Option<u32> = scope[open + 1..scope.len() - 1].parse().ok();
        scope = &scope[..open];
        let node = &program.nodes[map];
        let Some(state) = turn.run.steps.get(&step_in(&node.id, scope)) else { return true };
        let failed = state.items.as_ref().is_some_and(|items| index.is_some_and(|i| items.failed.contains(&i)));
        if state.status != StepStatus::Running || failed {
            return true;
        }
        parent = node.parent;
    }
    false
}

/// Steps of a region whose turn has come and that have not begun: where a run, or a map's item, goes on.
pub(super) fn due(run: &Run, program: &Program, map: Option<usize>, entry: usize, scope: &str) -> Vec<String> {
    let region = program.region(map);
    let state = |i: usize| run.steps.get(&step_in(&program.nodes[i].id, scope));
    let mut arrives: HashSet<usize> = HashSet::from([entry]);
    for i in region {
        let node = &program.nodes[*i];
        // An edge into a step with no other incoming one is dead only if that step was skipped.
        let takes_error = match state(*i).map(|s| s.status) {
            Some(StepStatus::Succeeded) => false,
            Some(StepStatus::Failed) if node.on_error == OnError::Continue => false,
            Some(StepStatus::Failed) if node.on_error == OnError::Branch => true,
            _ => continue,
        };
        let taken = node.outs.iter().filter(|out| out.on_error == takes_error && program.nodes[out.to].ins == 1);
        arrives.extend(taken.map(|out| out.to));
    }
    let has_come = |i: &usize| {
        let (node, state) = (&program.nodes[*i], state(*i));
        let pending = state.is_none_or(|s| s.status == StepStatus::Pending);
        pending
            && (arrives.contains(i)
                || node.ins > 1 && state.is_some_and(|s| is_enough(node, s) || is_starved(run, node, s)))
    };
    region.iter().filter(|i| has_come(i)).map(|i| step_in(&program.nodes[*i].id, scope)).collect()
}

/// Whether a step with several incoming edges may start.
fn is_enough(node: &PNode, step: &Step) -> bool {
    match node.kind {
        Kind::Join(JoinMode::Any) => step.arrived >= 1,
        Kind::Join(JoinMode::AtLeast(n)) => step.arrived >= n,
        _ => step.arrived + step.dead >= node.ins && step.arrived > 0,
    }
}

/// Whether a join waits for more edges than can still come, and has been reached.
fn is_starved(run: &Run, node: &PNode, step: &Step) -> bool {
    let Kind::Join(JoinMode::AtLeast(n)) = node.kind else { return false };
    laws::starves(run) && step.arrived > 0 && step.arrived < n && node.ins.saturating_sub(step.dead) < n
}

fn starve(turn: &mut Turn<'_, '_>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Join(JoinMode::AtLeast(n)) = node.kind else { return Ok(()) };
    let most = node.ins.saturating_sub(turn.run.steps.get(step).map_or(0, |s| s.dead));
    let fault = Fault::new(Code::StepFailed)
        .detail(
            format!("the join waits for {n} of {} edges, and at most {most} can come", node.ins),
            format!("들어오는 선 {}개 가운데 {n}개를 기다리는데 {most}개까지만 올 수 있어요", node.ins),
        )
        .at(step);
    fail(turn, step, fault)
}

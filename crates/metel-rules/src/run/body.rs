//! Bodies of maps and loops: how far their items are, what ended items leave, and what becomes of an
//! item whose steps move.
//!
//! A map and a loop walk the same kind of body, a map over items known beforehand and a loop one round
//! after the other. Once an item has ended only its result is kept, so that a state stays small.

use std::collections::BTreeMap;
use std::sync::Arc;

use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::run::{Items, Run, Step};
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use metel_model::workflow::OnItemError;
use serde_json::{Map, Value};

use super::turn::{Refusal, Turn};
use super::{laws, looping, map, schedule};
use crate::graph::{Kind, PNode, Program, scope_of, split_step, step_in};

/// The progress of a map or a loop that begins, or is taken up again where it stood.
pub(super) fn taken_up(mut fresh: Items, before: Option<Items>) -> Items {
    let fits = |before: &Items| before.total == fresh.total || fresh.rounds;
    let Some(before) = before.filter(|before| fits(before) && !before.results.is_empty()) else { return fresh };
    fresh.untrusted = before.untrusted;
    fresh.done = match (fresh.rounds, fresh.segment) {
        (true, _) => before.results.last_key_value().map_or(0, |(last, _)| last + 1),
        (false, Some(_)) => before.done,
        (false, None) => before.results.len() as u32,
    };
    // A loop that had gone its most rounds goes as many again: no round is ever gone twice, so that no
    // call of another round goes out under the same key.
    if fresh.rounds {
        fresh.total = if fresh.done < before.total { before.total } else { fresh.done.saturating_add(fresh.total) };
    }
    fresh.failed = before.failed.into_iter().filter(|index| before.results.contains_key(index)).collect();
    fresh.results = before.results;
    fresh.next = if fresh.rounds || fresh.segment.is_some() { fresh.done } else { next(&fresh, 0) };
    fresh
}

/// The first item from `from` on that has not ended.
fn next(items: &Items, from: u32) -> u32 {
    let mut next = from;
    while !items.rounds && items.segment.is_none() && items.results.contains_key(&next) {
        next += 1;
    }
    next
}

pub(super) fn begun(items: &mut Items, index: u32) {
    items.next = next(items, items.next.max(index + 1));
}

/// An item has ended: its result is kept if it has one, its steps that have ended go.
pub(super) fn prune(run: &mut Run, step: &str, index: u32, has_result: bool) {
    let scope = format!("{}[{index}]", scope_of(step));
    let Some(state) = run.steps.get(step).and_then(|s| s.items.as_ref()) else { return };
    let (mut result, mut untrusted) = (BTreeMap::new(), false);
    for end in state.ends.iter().filter(|_| has_result) {
        let Some(last) = run.steps.get(&step_in(end, &scope)).filter(|s| s.status == StepStatus::Succeeded) else {
            continue;
        };
        untrusted |= last.untrusted;
        let value = match last.products.is_empty() {
            true => last.output.clone().unwrap_or_default(),
            false => Stored::inline(Value::Object(last.products.clone().into_iter().collect())),
        };
        result.insert(end.clone(), value);
    }
    let names = state.body.clone();
    if let Some(items) = run.steps.get_mut(step).and_then(|s| s.items.as_mut()) {
        if items.rounds {
            items.results.clear();
            items.untrusted = untrusted;
        }
        items.untrusted |= untrusted;
        items.results.insert(index, result);
    }
    remove(run, &names, &scope);
}

/// A map or a loop is done: what its items left behind goes, too.
pub(super) fn left(run: &mut Run, step: &str) {
    let Some(items) = run.steps.get_mut(step).and_then(|s| s.items.as_mut()) else { return };
    if items.body.is_empty() && items.segment.is_none() {
        return;
    }
    items.results.clear();
    items.list = None;
    let names = std::mem::take(&mut items.body);
    remove(run, &names, scope_of(step));
}

/// Takes the ended steps of these nodes out that lie in a scope or below it.
fn remove(run: &mut Run, names: &[String], scope: &str) {
    let mut gone = Vec::new();
    for name in names {
        let first = step_in(name, scope);
        let below =
            |id: &str| id.strip_prefix(&first).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '#']));
        let inside = run.steps.range(first.clone()..).take_while(|(id, _)| id.starts_with(&first));
        gone.extend(inside.filter(|(id, s)| s.status.is_final() && below(id)).map(|(id, _)| id.clone()));
    }
    for id in gone {
        run.steps.remove(&id);
        if !run.inputs.is_empty() {
            let prefix = format!("{id}.");
            run.inputs.retain(|key, _| !key.starts_with(&prefix));
        }
    }
}

/// What an item left: null, the last step's result, or the last steps' by name.
pub(super) fn result_of(turn: &Turn<'_, '_>, parts: &BTreeMap<String, Stored>) -> Result<Value, Refusal> {
    let mut values = Map::new();
    for (end, stored) in parts {
        values.insert(end.clone(), turn.load(stored)?.as_ref().clone());
    }
    Ok(match values.len() {
        0 => Value::Null,
        1 => values.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
        _ => Value::Object(values),
    })
}

/// A map or a loop begins. Runs of the first laws keep all steps of their items.
pub(super) fn start(
    turn: &mut Turn<'_, '_>,
    program: &Program,
    node: &PNode,
    step: &str,
    items: u32,
    list: Option<Stored>,
) {
    let (mut body, mut ends) = (Vec::new(), Vec::new());
    if let (true, Some(here), Some((_, region))) =
        (laws::prunes(turn.run), program.position(&node.id), node.kind.body())
    {
        let within = program.nodes.iter().enumerate().filter(|(at, _)| program.is_within(*at, here));
        body = within.map(|(_, inner)| inner.id.clone()).collect();
        ends = program.ends(region).map(|end| end.id.clone()).collect();
    }
    let rounds = matches!(node.kind, Kind::Loop { .. });
    turn.emit(Event::StepStarted {
        step: step.to_owned(),
        items: Some(items),
        list,
        rounds,
        body,
        ends,
        segment: None,
    });
}

/// Starts one item, or goes on with it where it stood when its map or loop is tried again.
pub(super) fn begin_item(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
    index: u32,
) -> bool {
    let Some((entry, region)) = node.kind.body() else { return true };
    turn.emit(Event::ItemStarted { step: step.to_owned(), index });
    let scope = format!("{}[{index}]", scope_of(step));
    let first = step_in(&program.nodes[entry].id, &scope);
    if !turn.run.steps.contains_key(&first) {
        turn.queue.push_back(first);
        return false;
    }
    let due = schedule::due(turn.run, program, program.position(&node.id), entry, &scope);
    let ended = due.is_empty() && has_ended(turn.run, program, region, &scope);
    turn.queue.extend(due);
    ended
}

pub(super) fn has_ended(run: &Run, program: &Program, region: &[usize], scope: &str) -> bool {
    let is_final =
        |i: &usize| run.steps.get(&step_in(&program.nodes[*i].id, scope)).is_some_and(|s| s.status.is_final());
    region.iter().all(is_final)
}

/// One item is over: its map or loop goes on.
pub(super) fn end_item(turn: &mut Turn<'_, '_>, step: &str, index: u32, failed: bool, pruned: bool) {
    let pruned = pruned && turn.run.steps.get(step).and_then(|s| s.items.as_ref()).is_some_and(|i| !i.body.is_empty());
    turn.emit(Event::ItemEnded { step: step.to_owned(), index, failed, pruned });
}

/// The step of the map or loop around a step of its body, and the item's number.
fn of_item(program: &Program, node: &PNode, scope: &str) -> Option<(usize, String, u32)> {
    let around = node.parent?;
    let open = scope.rfind('[')?;
    let index = scope[open + 1..scope.len() - 1].parse().ok()?;
    Some((around, step_in(&program.nodes[around].id, &scope[..open]), index))
}

fn go_on(turn: &mut Turn<'_, '_>, program: &Arc<Program>, around: usize, step: &str) -> Result<(), Refusal> {
    let node = &program.nodes[around];
    match &node.kind {
        Kind::Loop { .. } => looping::go_on(turn, program, node, step),
        _ => map::go_on(turn, program, node, step),
    }
}

/// A step of an item ended: perhaps the item has, too.
pub(super) fn item_moved(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    scope: &str,
) -> Result<(), Refusal> {
    let Some((around, step, index)) = of_item(program, node, scope) else { return Ok(()) };
    if turn.run.steps.get(&step).is_none_or(|s| s.status != StepStatus::Running) {
        return Ok(());
    }
    let Some((_, region)) = program.nodes[around].kind.body() else { return Ok(()) };
    if !has_ended(turn.run, program, region, scope) {
        return Ok(());
    }
    end_item(turn, &step, index, false, true);
    go_on(turn, program, around, &step)
}

/// A step of an item failed and nothing in the item catches it.
pub(super) fn item_failed(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    scope: &str,
    error: Fault,
) -> Result<(), Refusal> {
    let Some((around, step, index)) = of_item(program, node, scope) else { return Ok(()) };
    let Some(state) = turn.run.steps.get(&step).filter(|s| s.status == StepStatus::Running) else { return Ok(()) };
    if state.items.as_ref().is_some_and(|items| items.failed.contains(&index)) {
        return Ok(());
    }
    let lenient = matches!(program.nodes[around].kind, Kind::Map { on_item_error: OnItemError::Continue, .. });
    if lenient && laws::prunes(turn.run) {
        drop_idle(turn, program, around, scope);
        end_item(turn, &step, index, true, true);
        return go_on(turn, program, around, &step);
    }
    end_item(turn, &step, index, true, false);
    if lenient {
        drop_idle(turn, program, around, scope);
        return go_on(turn, program, around, &step);
    }
    drop_idle(turn, program, around, scope_of(&step));
    schedule::fail(turn, &step, error)
}

/// What lies under `scope` within a map or a loop stops: what waits is cancelled, what is in flight comes
/// back unheard, and a doubt stays one.
fn drop_idle(turn: &mut Turn<'_, '_>, program: &Program, around: usize, scope: &str) {
    let inside = |id: &str| {
        let within = program.position(split_step(id).0).is_some_and(|node| program.is_within(node, around));
        let below = scope_of(id).strip_prefix(scope);
        within && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    let is_idle = |step: &Step| match step.status {
        StepStatus::Ready | StepStatus::Waiting => true,
        StepStatus::Running => step.items.is_some(),
        _ => false,
    };
    let idle = turn.run.steps.iter().filter(|(id, step)| is_idle(step) && inside(id));
    let idle: Vec<String> = idle.map(|(id, _)| id.clone()).collect();
    turn.drop_steps(idle);
    turn.queue.retain(|id| !inside(id));
}

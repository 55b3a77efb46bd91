//! Maps: the body runs once for each item, a bounded number at a time; the results keep the items' order.

use std::sync::Arc;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::run::{Run, Step};
use metel_model::status::StepStatus;
use metel_model::workflow::OnItemError;
use serde_json::{Map, Value};

use super::schedule;
use super::turn::{Refusal, Turn};
use crate::graph::{Kind, PNode, Program, step_in};

/// Most items of one map within one run.
pub const ITEMS_MAX: usize = 1_000;

pub(super) fn activate(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
) -> Result<(), Refusal> {
    let Kind::Map { items, .. } = &node.kind else { return Ok(()) };
    let resolved = match schedule::resolve(turn, program, step, items)? {
        Ok(resolved) => resolved,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let Value::Array(list) = resolved.value else {
        let fault = Fault::new(Code::FieldInvalid).detail("a map goes over a list", "map은 목록을 돌아요").at(step);
        return schedule::fail(turn, step, fault);
    };
    if list.len() > ITEMS_MAX {
        let fault = Fault::new(Code::LimitExceeded)
            .detail(
                format!("{} items, {ITEMS_MAX} allowed", list.len()),
                format!("항목이 {}개예요. {ITEMS_MAX}개까지 돼요", list.len()),
            )
            .at(step);
        return schedule::fail(turn, step, fault);
    }
    let total = list.len() as u32;
    let stored = match turn.store(Value::Array(list)) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    turn.emit(Event::StepStarted { step: step.to_owned(), items: Some(total), list: Some(stored) });
    go_on(turn, program, node, step)
}

/// Starts as many items as may run together; ends the map when all have ended.
fn go_on(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Map { concurrency, entry, body, .. } = &node.kind else { return Ok(()) };
    let map = program.position(&node.id);
    loop {
        let Some(items) = turn.run.steps.get(step).and_then(|s| s.items.clone()) else { return Ok(()) };
        if items.done >= items.total {
            return finish(turn, program, step, body, items.total);
        }
        if items.next >= items.total || items.next - items.done >= *concurrency {
            return Ok(());
        }
        turn.emit(Event::ItemStarted { step: step.to_owned(), index: items.next });
        let scope = format!("{}[{}]", crate::graph::scope_of(step), items.next);
        let first = step_in(&program.nodes[*entry].id, &scope);
        if !turn.run.steps.contains_key(&first) {
            turn.queue.push_back(first);
            continue;
        }
        // The map is tried again: an item goes on from where it stood.
        let due = schedule::due(turn.run, program, map, *entry, &scope);
        if due.is_empty() && has_ended(turn.run, program, body, &scope) {
            turn.emit(Event::ItemEnded { step: step.to_owned(), index: items.next, failed: false });
        }
        turn.queue.extend(due);
    }
}

fn has_ended(run: &Run, program: &Program, body: &[usize], scope: &str) -> bool {
    let is_final =
        |i: &usize| run.steps.get(&step_in(&program.nodes[*i].id, scope)).is_some_and(|s| s.status.is_final());
    body.iter().all(is_final)
}

fn finish(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    step: &str,
    body: &[usize],
    total: u32,
) -> Result<(), Refusal> {
    let outer = crate::graph::scope_of(step).to_owned();
    let mut results = Vec::with_capacity(total as usize);
    let mut untrusted = false;
    for index in 0..total {
        let scope = format!("{outer}[{index}]");
        let mut outputs = Map::new();
        for end in program.ends(body) {
            let Some(state) = turn.run.steps.get(&step_in(&end.id, &scope)) else { continue };
            if state.status != StepStatus::Succeeded {
                continue;
            }
            untrusted |= state.untrusted;
            let value = match (&state.output, state.products.is_empty()) {
                (_, false) => Value::Object(state.products.clone().into_iter().collect()),
                (Some(stored), true) => turn.load(stored)?.as_ref().clone(),
                (None, true) => Value::Null,
            };
            outputs.insert(end.id.clone(), value);
        }
        results.push(match outputs.len() {
            0 => Value::Null,
            1 => outputs.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
            _ => Value::Object(outputs),
        });
    }
    match turn.store(Value::Array(results)) {
        Ok(stored) => schedule::succeed(turn, step, Some(stored), Vec::new(), untrusted),
        Err(fault) => schedule::fail(turn, step, *fault),
    }
}

/// The map's own step for a step of its body, and the item's number.
fn of_item(program: &Program, node: &PNode, scope: &str) -> Option<(usize, String, u32)> {
    let map = node.parent?;
    let open = scope.rfind('[')?;
    let index = scope[open + 1..scope.len() - 1].parse().ok()?;
    Some((map, step_in(&program.nodes[map].id, &scope[..open]), index))
}

/// A step of an item ended: perhaps the item has, too.
pub(super) fn item_moved(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    scope: &str,
) -> Result<(), Refusal> {
    let Some((map, step, index)) = of_item(program, node, scope) else { return Ok(()) };
    if turn.run.steps.get(&step).is_none_or(|s| s.status != StepStatus::Running) {
        return Ok(());
    }
    let Kind::Map { body, .. } = &program.nodes[map].kind else { return Ok(()) };
    if !has_ended(turn.run, program, body, scope) {
        return Ok(());
    }
    turn.emit(Event::ItemEnded { step: step.clone(), index, failed: false });
    go_on(turn, program, &program.nodes[map], &step)
}

/// A step of an item failed and nothing in the item catches it.
pub(super) fn item_failed(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    scope: &str,
    error: Fault,
) -> Result<(), Refusal> {
    let Some((map, step, index)) = of_item(program, node, scope) else { return Ok(()) };
    let Some(state) = turn.run.steps.get(&step).filter(|s| s.status == StepStatus::Running) else { return Ok(()) };
    if state.items.as_ref().is_some_and(|items| items.failed.contains(&index)) {
        return Ok(());
    }
    let Kind::Map { on_item_error, .. } = &program.nodes[map].kind else { return Ok(()) };
    turn.emit(Event::ItemEnded { step: step.clone(), index, failed: true });
    match on_item_error {
        OnItemError::Continue => {
            drop_idle(turn, program, map, scope);
            go_on(turn, program, &program.nodes[map], &step)
        }
        OnItemError::Fail => {
            drop_idle(turn, program, map, crate::graph::scope_of(&step));
            schedule::fail(turn, &step, error)
        }
    }
}

/// What lies under `scope` within a map stops: what waits is cancelled, what is in flight comes back
/// unheard, and a doubt stays one.
fn drop_idle(turn: &mut Turn<'_, '_>, program: &Program, map: usize, scope: &str) {
    let inside = |id: &str| {
        let mut parent = program.node_of(id).and_then(|node| node.parent);
        while parent.is_some_and(|at| at != map) {
            parent = parent.and_then(|at| program.nodes[at].parent);
        }
        let below = crate::graph::scope_of(id).strip_prefix(scope);
        parent.is_some() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
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

//! Maps: the body runs once for each item, a bounded number at a time; the results keep the items' order.
//! A list of more items than one run takes is done by child runs, one after the other.

use std::sync::Arc;

use metel_model::Code;
use metel_model::fault::Fault;
use metel_model::status::StepStatus;
use serde_json::{Map, Value};

use super::turn::{Refusal, Turn};
use super::{body, laws, schedule, segment};
use crate::graph::{Kind, PNode, Program, scope_of, step_in};

/// Most items of one map within one run.
pub const ITEMS_MAX: usize = 1_000;
/// Most items of one map.
pub const LIST_MAX: usize = 100_000;

pub(super) fn activate(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
) -> Result<(), Refusal> {
    let Kind::Map { items, .. } = &node.kind else { return Ok(()) };
    let value = match segment::items(turn, program)? {
        Some(items) if node.parent.is_none() => items,
        _ => match schedule::resolve(turn, program, step, items)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
    };
    let Value::Array(list) = value else {
        let fault = Fault::new(Code::FieldInvalid).detail("a map goes over a list", "map은 목록을 돌아요").at(step);
        return schedule::fail(turn, step, fault);
    };
    let most = if laws::splits(turn.run) { LIST_MAX } else { ITEMS_MAX };
    if list.len() > most {
        let fault = Fault::new(Code::LimitExceeded)
            .detail(
                format!("{} items, {most} allowed", list.len()),
                format!("항목이 {}개예요. {most}개까지 돼요", list.len()),
            )
            .at(step);
        return schedule::fail(turn, step, fault);
    }
    let long = list.len() > ITEMS_MAX;
    let total = list.len() as u32;
    let stored = match turn.store(Value::Array(list)) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    if long {
        segment::start(turn, step, total, stored);
        return segment::go_on(turn, program, node, step);
    }
    body::start(turn, program, node, step, total, Some(stored));
    go_on(turn, program, node, step)
}

/// Starts as many items as may run together; ends the map when all have ended.
pub(super) fn go_on(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Map { concurrency, body: region, .. } = &node.kind else { return Ok(()) };
    loop {
        let Some(items) = turn.run.steps.get(step).and_then(|s| s.items.as_ref()) else { return Ok(()) };
        if items.done >= items.total {
            return finish(turn, program, step, region, items.total);
        }
        if items.next >= items.total || items.live() >= *concurrency {
            return Ok(());
        }
        let index = items.next;
        if body::begin_item(turn, program, node, step, index) {
            body::end_item(turn, step, index, false, true);
        }
    }
}

fn finish(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    step: &str,
    region: &[usize],
    total: u32,
) -> Result<(), Refusal> {
    let Some(items) = turn.run.steps.get(step).and_then(|s| s.items.clone()) else { return Ok(()) };
    let mut results = Vec::with_capacity(total as usize);
    let mut untrusted = items.untrusted;
    for index in 0..total {
        match items.results.get(&index) {
            Some(parts) => results.push(body::result_of(turn, parts)?),
            None => {
                let (value, tainted) = read(turn, program, region, &format!("{}[{index}]", scope_of(step)))?;
                results.push(value);
                untrusted |= tainted;
            }
        }
    }
    match turn.store(Value::Array(results)) {
        Ok(stored) => schedule::succeed(turn, step, Some(stored), Vec::new(), untrusted),
        Err(fault) => schedule::fail(turn, step, *fault),
    }
}

/// What an item left whose steps are still there: those of runs of the first laws.
fn read(turn: &Turn<'_, '_>, program: &Program, region: &[usize], scope: &str) -> Result<(Value, bool), Refusal> {
    let mut outputs = Map::new();
    let mut untrusted = false;
    for end in program.ends(region) {
        let Some(state) = turn.run.steps.get(&step_in(&end.id, scope)) else { continue };
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
    let value = match outputs.len() {
        0 => Value::Null,
        1 => outputs.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
        _ => Value::Object(outputs),
    };
    Ok((value, untrusted))
}

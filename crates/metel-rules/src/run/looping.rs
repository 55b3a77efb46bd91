//! Loops: the body runs again and again, each round seeing what the one before left, until a condition
//! holds or the rounds are used up.

use std::sync::Arc;

use metel_model::Code;
use metel_model::fault::Fault;
use metel_model::workflow::OnLimit;
use serde_json::{Value, json};

use super::turn::{Refusal, Turn};
use super::{body, schedule};
use crate::graph::{Kind, PNode, Program};

pub(super) fn activate(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
) -> Result<(), Refusal> {
    let Kind::Loop { max, first, .. } = &node.kind else { return Ok(()) };
    let first = match first {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => Value::Null,
    };
    let stored = match first {
        Value::Null => None,
        value => match turn.store(value) {
            Ok(stored) => Some(stored),
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
    };
    body::start(turn, program, node, step, *max, stored);
    // Tried again after its last round: the condition is asked again before another one.
    go_on(turn, program, node, step)
}

/// Asks whether the loop is over, and begins the next round when it is not.
pub(super) fn go_on(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Loop { until, on_limit, .. } = &node.kind else { return Ok(()) };
    loop {
        let Some(items) = turn.run.steps.get(step).and_then(|s| s.items.as_ref()) else { return Ok(()) };
        let (done, total, untrusted) = (items.done, items.total, items.untrusted);
        if done > 0 {
            let last = items.results.last_key_value().map(|(_, parts)| parts.clone()).unwrap_or_default();
            let result = body::result_of(turn, &last)?;
            let view = turn.view(Some(program), step).with("item", result.clone()).with("index", json!(done - 1));
            let over = match view.holds(until)? {
                Ok(over) => over,
                Err(error) => {
                    return schedule::fail(turn, step, Fault::new(Code::ExpressionFailed).about(error).at(step));
                }
            };
            if over || done >= total && *on_limit == OnLimit::Continue {
                return match turn.store(json!({ "rounds": done, "result": result })) {
                    Ok(stored) => schedule::succeed(turn, step, Some(stored), Vec::new(), untrusted),
                    Err(fault) => schedule::fail(turn, step, *fault),
                };
            }
            if done >= total {
                let fault = Fault::new(Code::StepFailed)
                    .detail(
                        format!("after {total} rounds the condition of the loop still does not hold"),
                        format!("{total}번을 돌았는데도 반복을 끝낼 조건이 맞지 않아요"),
                    )
                    .at(step);
                return schedule::fail(turn, step, fault);
            }
        }
        if !body::begin_item(turn, program, node, step, done) {
            return Ok(());
        }
        body::end_item(turn, step, done, false, true);
    }
}

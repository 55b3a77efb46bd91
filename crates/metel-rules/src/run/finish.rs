//! The end of a run: completed when every step has ended, failed or cancelled once nothing is in flight.

use std::sync::Arc;

use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use serde_json::{Map, Value};

use super::turn::{Refusal, Turn};
use super::{COMPOSE_STEP, PLAN_STEP, laws, planning, undo};
use crate::graph::{Kind, PNode, Program, undone_by};

/// Ends the run when nothing is left to do.
pub(super) fn end_if_done(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    if turn.run.status.is_final() {
        return Ok(());
    }
    if turn.is_stopping() {
        return stop(turn);
    }
    if planning::ask_when_idle(turn)? {
        return Ok(());
    }
    let Some(program) = turn.program.clone() else { return Ok(()) };
    let planning = turn.run.steps.get(PLAN_STEP).is_some_and(|s| !s.status.is_final());
    let composing = turn.run.steps.get(COMPOSE_STEP).is_some_and(|s| s.status != StepStatus::Succeeded);
    if planning || composing || (turn.run.settled as usize) < program.top.len() {
        return Ok(());
    }
    // Items that a map gave up may still be at work, or in doubt.
    if turn.is_working() || turn.run.steps.values().any(|s| s.status == StepStatus::InDoubt) {
        return Ok(());
    }
    if turn.run.request.is_some() && turn.env.facts.model && !turn.run.steps.contains_key(COMPOSE_STEP) {
        return planning::compose(turn);
    }
    complete(turn, &program)
}

fn complete(turn: &mut Turn<'_, '_>, program: &Arc<Program>) -> Result<(), Refusal> {
    let (output, untrusted) = match &program.output {
        Some(template) => match super::schedule::resolve(turn, program, "", template)? {
            Ok(resolved) => (resolved.value, !resolved.untrusted.is_empty()),
            Err(fault) => return miss(turn, *fault),
        },
        None => last_outputs(turn, program)?,
    };
    if let Some(success) = &program.success {
        let view = turn.view(Some(program), "").with("output", output.clone());
        if let Ok(false) | Err(_) = view.holds(success)? {
            let fault = Fault::new(metel_model::Code::StepFailed)
                .detail("the workflow's own criterion of success does not hold", "워크플로의 성공 기준에 맞지 않아요");
            return miss(turn, fault);
        }
    }
    let output = match turn.store(output) {
        Ok(stored) => stored,
        Err(fault) => return miss(turn, *fault),
    };
    let answer = planning::answer(turn, None)?;
    let untrusted = untrusted && laws::tells_origin(turn.run);
    turn.emit(Event::RunCompleted { output, answer, untrusted });
    Ok(())
}

/// Every step has ended, and yet the run has failed: what it did is taken back before it ends.
fn miss(turn: &mut Turn<'_, '_>, error: Fault) -> Result<(), Refusal> {
    if turn.run.undos.is_empty() {
        return end_failed(turn, error);
    }
    fail_run(turn, error)?;
    stop(turn)
}

fn end_failed(turn: &mut Turn<'_, '_>, error: Fault) -> Result<(), Refusal> {
    let answer = planning::answer(turn, Some(&error))?;
    turn.emit(Event::RunFailed { error, answer });
    Ok(())
}

/// A step failed and nothing catches it: the run ends when what is in flight has come back.
pub(super) fn fail_run(turn: &mut Turn<'_, '_>, error: Fault) -> Result<(), Refusal> {
    turn.queue.clear();
    turn.emit(Event::RunFailing { error });
    Ok(())
}

/// Cancels what waits and, when nothing is in flight, takes back what can be and ends the run. A doubt
/// stays a doubt: whoever tries the run again has to settle it first.
fn stop(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    let idle: Vec<String> = turn
        .run
        .steps
        .iter()
        .filter(|(id, step)| match step.status {
            _ if undone_by(id).is_some() => false,
            StepStatus::Ready | StepStatus::Waiting => true,
            StepStatus::Running => step.items.is_some(),
            _ => false,
        })
        .map(|(id, _)| id.clone())
        .collect();
    turn.drop_steps(idle);
    if turn.is_working() {
        return Ok(());
    }
    if undo::go_on(turn)? {
        return Ok(());
    }
    if let Some(fault) = undo::left_standing(turn, turn.run.failing.clone()) {
        return end_failed(turn, fault);
    }
    match (turn.run.cancelling.clone(), turn.run.failing.clone()) {
        (Some(by), _) => {
            turn.emit(Event::RunCancelled { by });
            Ok(())
        }
        (None, Some(error)) => end_failed(turn, error),
        (None, None) => Ok(()),
    }
}

/// What a run leaves when its definition does not say: a finalize's output, the last step's, or the
/// last steps' by name.
/// And whether outsiders may have written a part of it.
pub(super) fn last_outputs(turn: &Turn<'_, '_>, program: &Program) -> Result<(Value, bool), Refusal> {
    let result = |node: &PNode| -> Result<Option<(Value, bool)>, Refusal> {
        let Some(step) = turn.run.steps.get(&node.id).filter(|s| s.status == StepStatus::Succeeded) else {
            return Ok(None);
        };
        if !step.products.is_empty() {
            return Ok(Some((Value::Object(step.products.clone().into_iter().collect()), step.untrusted)));
        }
        let value = turn.load(step.output.as_ref().unwrap_or(&Stored::null()))?.as_ref().clone();
        Ok(Some((value, step.untrusted)))
    };
    for node in &program.nodes {
        if matches!(node.kind, Kind::Finalize { .. })
            && let Some(value) = result(node)?
        {
            return Ok(value);
        }
    }
    let (mut outputs, mut untrusted) = (Map::new(), false);
    for node in program.ends(&program.top) {
        if let Some((value, tainted)) = result(node)? {
            outputs.insert(node.id.clone(), value);
            untrusted |= tainted;
        }
    }
    let value = match outputs.len() {
        1 => outputs.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
        _ => Value::Object(outputs),
    };
    Ok((value, untrusted))
}

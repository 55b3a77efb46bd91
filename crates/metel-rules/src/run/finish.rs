//! The end of a run: completed when every step has ended, failed or cancelled once nothing is in flight.

use std::sync::Arc;

use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use serde_json::{Map, Value};

use super::turn::{Refusal, Turn};
use super::{COMPOSE_STEP, PLAN_STEP, planning};
use crate::graph::{Kind, PNode, Program};

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
    let output = match &program.output {
        Some(template) => match super::schedule::resolve(turn, program, "", template)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return end_failed(turn, *fault),
        },
        None => last_outputs(turn, program)?,
    };
    if let Some(success) = &program.success {
        let view = super::scope::View::of(turn.run, turn.env.library, Some(program), "", turn.now)
            .with("output", output.clone());
        if let Ok(false) | Err(_) = view.holds(success)? {
            let fault = Fault::new(metel_model::Code::StepFailed)
                .detail("the workflow's own criterion of success does not hold", "워크플로의 성공 기준에 맞지 않아요");
            return end_failed(turn, fault);
        }
    }
    let output = match turn.store(output) {
        Ok(stored) => stored,
        Err(fault) => return end_failed(turn, *fault),
    };
    let answer = planning::answer(turn, None)?;
    turn.emit(Event::RunCompleted { output, answer });
    Ok(())
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

/// Cancels what waits and, when nothing is in flight, ends the run. A doubt stays a doubt: whoever
/// tries the run again has to settle it first.
fn stop(turn: &mut Turn<'_, '_>) -> Result<(), Refusal> {
    let idle: Vec<String> = turn
        .run
        .steps
        .iter()
        .filter(|(_, step)| match step.status {
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
pub(super) fn last_outputs(turn: &Turn<'_, '_>, program: &Program) -> Result<Value, Refusal> {
    let result = |node: &PNode| -> Result<Option<Value>, Refusal> {
        let Some(step) = turn.run.steps.get(&node.id).filter(|s| s.status == StepStatus::Succeeded) else {
            return Ok(None);
        };
        if !step.products.is_empty() {
            return Ok(Some(Value::Object(step.products.clone().into_iter().collect())));
        }
        Ok(Some(turn.load(step.output.as_ref().unwrap_or(&Stored::null()))?.as_ref().clone()))
    };
    for node in &program.nodes {
        if matches!(node.kind, Kind::Finalize { .. })
            && let Some(value) = result(node)?
        {
            return Ok(value);
        }
    }
    let mut outputs = Map::new();
    for node in program.ends(&program.top) {
        if let Some(value) = result(node)? {
            outputs.insert(node.id.clone(), value);
        }
    }
    match outputs.len() {
        1 => Ok(outputs.into_iter().next().map(|(_, value)| value).unwrap_or_default()),
        _ => Ok(Value::Object(outputs)),
    }
}

//! Retry: a person starts a failed run again from where it failed. What was done stays done, what was
//! handled stays handled, and a doubt has to be settled by a person first.

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::run::Run;
use metel_model::status::{RunStatus, StepStatus};
use metel_model::workflow::OnError;

use super::turn::{Refusal, Turn};
use super::{COMPOSE_STEP, DEADLINE_STEP, PLAN_STEP, conversation, schedule};
use crate::graph::{Program, UNDO, called_by, scope_of, split_step, step_in};

pub(super) fn retry(turn: &mut Turn<'_, '_>, by: String) -> Result<(), Refusal> {
    if !matches!(turn.run.status, RunStatus::Failed | RunStatus::Cancelled) {
        return Err(Fault::new(Code::RunStale)
            .detail("only a failed or cancelled run can be retried", "실패했거나 취소된 실행만 다시 할 수 있어요")
            .into());
    }
    if turn.run.undoing {
        return undo(turn, by);
    }
    let steps = failed_steps(turn.run, turn.program.as_deref());
    let doubt = turn.run.steps.values().any(|s| s.status == StepStatus::InDoubt);
    if steps.is_empty() && !doubt && due(turn).is_empty() {
        return Err(Fault::new(Code::RunStale).detail("no step is left to try again", "다시 할 단계가 없어요").into());
    }
    let asked = turn.run.steps.get(PLAN_STEP).map(|s| s.missing.clone()).unwrap_or_default();
    turn.emit(Event::RunRetried { by, steps: steps.clone(), undoing: false });
    if steps.iter().any(|id| id == PLAN_STEP) {
        if !asked.is_empty() {
            turn.emit(Event::InputRequested { step: PLAN_STEP.to_owned(), fields: asked });
        } else if turn.run.plan.is_none() {
            return super::planning::ask(turn);
        }
        // Otherwise another plan is wanted, and asked for once this turn settles.
        return Ok(());
    }
    turn.queue.extend(due(turn));
    let open = steps.iter().filter(|id| conversation::is_open(turn.run, id));
    let open: Vec<String> =
        open.flat_map(|id| conversation::due(turn.run, id).into_iter().chain([id.clone()])).collect();
    turn.queue.extend(open);
    turn.queue.extend(steps.into_iter().filter(|id| id == COMPOSE_STEP));
    Ok(())
}

/// A run that took back what it did goes on with that where it failed, and never does it anew.
fn undo(turn: &mut Turn<'_, '_>, by: String) -> Result<(), Refusal> {
    let Some(last) = turn.run.undos.last() else {
        return Err(Fault::new(Code::RunStale)
            .detail(
                "what this run did was taken back: start it anew",
                "이 실행이 한 일은 되돌렸어요. 새로 시작해 주세요",
            )
            .into());
    };
    let steps = vec![format!("{}{UNDO}", last.step)];
    turn.emit(Event::RunRetried { by, steps, undoing: true });
    Ok(())
}

fn due(turn: &Turn<'_, '_>) -> Vec<String> {
    match &turn.program {
        Some(program) => schedule::due(turn.run, program, None, program.entry, ""),
        None => Vec::new(),
    }
}

/// Steps that failed without anything to catch it, and those that were cut off. Where a plan has to
/// be made anew, only that: the new plan decides on the rest.
pub fn failed_steps(run: &Run, program: Option<&Program>) -> Vec<String> {
    let lost = |id: &str| run.steps.get(id).is_some_and(|s| is_lost(s.status));
    if lost(PLAN_STEP) {
        return vec![PLAN_STEP.to_owned()];
    }
    let own = |id: &str| id.starts_with('@') && id != DEADLINE_STEP && lost(id);
    let Some(program) = program else {
        return run.steps.keys().filter(|id| own(id)).cloned().collect();
    };
    run.steps.keys().filter(|id| own(id) || is_open(run, program, id)).cloned().collect()
}

fn is_lost(status: StepStatus) -> bool {
    matches!(status, StepStatus::Failed | StepStatus::Cancelled)
}

/// Whether a step is to be tried again: it, and every map and group around it, ended without success
/// and without being handled.
fn is_open(run: &Run, program: &Program, id: &str) -> bool {
    let Some(node) = program.node_of(id) else { return false };
    let Some(step) = run.steps.get(id).filter(|s| is_lost(s.status)) else { return false };
    let (name, scope, part) = split_step(id);
    // A call that failed is something that its agent is told; one that was cut off is made after all.
    if let Some((agent, ..)) = called_by(id) {
        let current = super::conversation::tool_of(run, id).is_some();
        return step.status == StepStatus::Cancelled && current && is_open(run, program, agent);
    }
    if part.is_some() {
        return is_open(run, program, &step_in(name, scope));
    }
    let handled = step.status == StepStatus::Failed && matches!(node.on_error, OnError::Continue | OnError::Branch);
    if handled {
        return false;
    }
    match (node.parent, scope.rfind('[')) {
        (Some(map), Some(cut)) => is_open(run, program, &step_in(&program.nodes[map].id, &scope_of(id)[..cut])),
        _ => true,
    }
}

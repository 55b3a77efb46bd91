//! Wake: a step's task has come up in the queue.

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::{StepStatus, WaitingFor};

use super::turn::{Refusal, Turn};
use super::{DEADLINE_STEP, finish, hearing, message, schedule, task};

pub(super) fn wake(turn: &mut Turn<'_, '_>, id: &str) -> Result<(), Refusal> {
    let Some(step) = turn.run.steps.get(id) else { return Err(Refusal::Stale) };
    // What is due meanwhile is woken when the run goes on.
    if turn.run.paused.is_some() && id != DEADLINE_STEP {
        return Err(Refusal::Stale);
    }
    if let Some(at) = step.wake_at.filter(|at| *at > turn.now && step.status == StepStatus::Waiting) {
        return Err(Refusal::NotDue(at));
    }
    let asks = (step.status, step.waiting) == (StepStatus::Waiting, Some(WaitingFor::Approval));
    if asks && hearing::escalate(turn, id) {
        return Ok(());
    }
    let Some(step) = turn.run.steps.get(id) else { return Err(Refusal::Stale) };
    match (step.status, step.waiting) {
        (StepStatus::Ready, _) => {
            turn.queue.push_back(id.to_owned());
            Ok(())
        }
        (StepStatus::Waiting, Some(WaitingFor::Timer)) if id == DEADLINE_STEP => {
            turn.emit(Event::StepCancelled { step: id.to_owned() });
            finish::fail_run(turn, Fault::new(Code::RunTimeout))
        }
        (StepStatus::Waiting, Some(WaitingFor::Approval)) => {
            let Some(approval) = step.approval.clone() else { return Err(Refusal::Stale) };
            turn.emit(Event::ApprovalExpired { approval: approval.id, step: id.to_owned() });
            schedule::fail(turn, id, Fault::new(Code::ApprovalExpired).at(id))
        }
        (StepStatus::Waiting, Some(WaitingFor::Message)) if step.wake_at.is_some() => message::timed_out(turn, id),
        (StepStatus::Waiting, Some(WaitingFor::Input)) if step.wake_at.is_some() => task::expired(turn, id),
        // A retry comes due; a wait without an intention is over.
        (StepStatus::Waiting, Some(WaitingFor::Timer)) if step.intent > 0 || id.starts_with('@') => {
            turn.queue.push_back(id.to_owned());
            Ok(())
        }
        (StepStatus::Waiting, Some(WaitingFor::Timer)) => schedule::succeed(turn, id, None, Vec::new(), false),
        _ => Err(Refusal::Stale),
    }
}

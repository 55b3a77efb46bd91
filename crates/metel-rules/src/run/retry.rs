//! Retry: a person starts a failed run again from where it failed. What was done stays done.

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::{RunStatus, StepStatus};

use super::turn::{Refusal, Turn};
use super::{COMPOSE_STEP, PLAN_STEP};

pub(super) fn retry(turn: &mut Turn<'_, '_>, by: String) -> Result<(), Refusal> {
    if !matches!(turn.run.status, RunStatus::Failed | RunStatus::Cancelled) {
        return Err(Fault::new(Code::RunStale)
            .detail("only a failed or cancelled run can be retried", "실패했거나 취소된 실행만 다시 할 수 있어요")
            .into());
    }
    let steps: Vec<String> = turn
        .run
        .steps
        .iter()
        .filter(|(id, s)| {
            matches!(s.status, StepStatus::Failed | StepStatus::Cancelled)
                && !id.contains(['[', '#'])
                && id.as_str() != super::DEADLINE_STEP
        })
        .map(|(id, _)| id.clone())
        .collect();
    if steps.is_empty() {
        return Err(Fault::new(Code::RunStale).detail("no step is left to try again", "다시 할 단계가 없어요").into());
    }
    turn.emit(Event::RunRetried { by, steps: steps.clone() });
    if turn.run.workflow.is_none() {
        return super::planning::ask(turn);
    }
    for step in steps {
        if step != PLAN_STEP && step != COMPOSE_STEP {
            turn.queue.push_back(step);
        }
    }
    Ok(())
}

//! Pause: what is under way ends, nothing new begins; resume: what waited for its turn gets it.
//!
//! Outcomes, decisions and messages are taken meanwhile, and the deadline counts. What becomes due stays
//! ready.

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::StepStatus;

use super::turn::{Refusal, Turn};

pub(super) fn pause(turn: &mut Turn<'_, '_>, by: String, reason: Option<String>) -> Result<(), Refusal> {
    if turn.run.paused.is_some() {
        return Err(Refusal::Stale);
    }
    if turn.run.version == 0 {
        return Err(Refusal::Stale);
    }
    if turn.run.cancelling.is_some() {
        return Err(Fault::new(Code::RunStale).detail("the run is being cancelled", "취소하고 있는 실행이에요").into());
    }
    turn.emit(Event::RunPaused { by, reason });
    Ok(())
}

pub(super) fn resume(turn: &mut Turn<'_, '_>, by: String) -> Result<(), Refusal> {
    if turn.run.paused.is_none() {
        return Err(Refusal::Stale);
    }
    turn.emit(Event::RunResumed { by });
    let ready = turn.run.steps.iter().filter(|(_, step)| step.status == StepStatus::Ready);
    let ready: Vec<String> = ready.map(|(id, _)| id.clone()).collect();
    turn.queue.extend(ready);
    Ok(())
}

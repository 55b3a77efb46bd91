//! Start: the run's first event, then its first steps; or the making of its plan.

use metel_model::Code;
use metel_model::Fault;
use metel_model::event::{Event, Started};
use metel_model::fault::FieldFault;
use metel_model::plan::ActionPlan;

use super::turn::{Refusal, Turn};
use super::{LAWS, planning, schedule};

/// Largest priority of a run; the smallest is its negative.
pub const PRIORITY_MAX: i32 = 100;

pub(super) fn start(
    turn: &mut Turn<'_, '_>,
    started: Box<Started>,
    plan: Option<Box<ActionPlan>>,
) -> Result<(), Refusal> {
    if turn.run.version != 0 {
        return Err(Refusal::Stale);
    }
    if started.workflow.is_none() && started.request.is_none() {
        return Err(Fault::new(Code::FieldInvalid).about("a run needs a workflow or a request").into());
    }
    if !(-PRIORITY_MAX..=PRIORITY_MAX).contains(&started.priority) {
        let fault = FieldFault::new("/priority", "lies between -100 and 100", "-100에서 100까지예요");
        return Err(Fault::new(Code::FieldInvalid).fields(vec![fault]).into());
    }
    if started.laws == 0 || started.laws > LAWS {
        return Err(Fault::new(Code::StoreNewer).about(format!("laws {}", started.laws)).into());
    }
    let workflow = started.workflow;
    turn.emit(Event::RunStarted(started));
    match (workflow, plan) {
        (Some(digest), _) => {
            turn.program = Some(turn.env.library.program(&digest).ok_or_else(|| Refusal::Needs(vec![digest]))?);
            schedule::begin(turn)
        }
        (None, Some(plan)) => planning::accept(turn, *plan),
        (None, None) => planning::ask(turn),
    }
}

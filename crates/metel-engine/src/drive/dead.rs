//! Work given up, in the commit of a transition: the steps that a failed run can be started again from. A
//! child's failure is its parent's to handle and has no row.

use metel_model::event::Event;
use metel_model::run::Run;
use metel_model::status::StepStatus;
use metel_model::time::Micros;
use metel_rules::graph::Program;
use metel_rules::run::{Decision, failed_steps};
use metel_store::{Dead, DeadChange};

/// Most rows of one run: the rest is started again with them.
const ROWS_MAX: usize = 100;

pub(super) fn changes(run: &Run, program: Option<&Program>, decision: &Decision, now: Micros) -> Vec<DeadChange> {
    if run.parent.is_some() {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for event in &decision.events {
        match event {
            Event::RunRetried { steps, .. } => {
                changes.extend(steps.iter().take(ROWS_MAX).map(|step| DeadChange::Remove { step: step.clone() }));
            }
            Event::RunFailed { .. } => {
                let steps = failed_steps(run, program);
                let failed = steps.iter().filter_map(|id| run.steps.get_key_value(id));
                let failed = failed.filter(|(_, step)| step.status == StepStatus::Failed).take(ROWS_MAX);
                changes.extend(failed.filter_map(|(id, step)| {
                    let code = step.error.as_ref()?.code;
                    Some(DeadChange::Add(Dead { step: id.clone(), code, at: now, attempts: step.attempt }))
                }));
            }
            _ => {}
        }
    }
    changes
}

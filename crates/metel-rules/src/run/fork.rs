//! Fork: a new run begins with another run's past, up to one of its events, and goes on by itself.
//!
//! Nothing that the past says was done is done again. What was under way then has the outcome that the other
//! run recorded later; where it recorded none, there is nothing to go on from, and the fork is refused.

use std::sync::Arc;

use metel_model::Code;
use metel_model::command::{ForkedChild, ForkedOutcome};
use metel_model::event::{Event, Forked};
use metel_model::fault::Fault;
use metel_model::run::Run;
use metel_model::status::{StepStatus, WaitingFor};

use super::turn::{Refusal, Turn};
use super::{LAWS, child, moving, observe, schedule};
use crate::graph::Program;

pub(super) fn fork(
    turn: &mut Turn<'_, '_>,
    mut forked: Box<Forked>,
    outcomes: Vec<ForkedOutcome>,
    children: Vec<ForkedChild>,
) -> Result<(), Refusal> {
    if turn.run.version != 0 {
        return Err(Refusal::Stale);
    }
    if forked.state.laws == 0 || forked.state.laws > LAWS {
        return Err(Fault::new(Code::StoreNewer).about(format!("laws {}", forked.state.laws)).into());
    }
    if forked.state.status.is_final() || forked.state.undoing || stops(&forked.state) {
        return Err(unfit(
            "the run had ended by then, or was on its way to its end",
            "그때는 이미 끝났거나 끝나는 중이었어요",
        ));
    }
    let (old, new) = programs(turn, &forked)?;
    forked.gone = Vec::new();
    if let (Some(old), Some(new)) = (&old, &new)
        && old.digest != new.digest
    {
        let faults = moving::blockers(&forked.state, old, new);
        if !faults.is_empty() {
            return Err(moving::refused(faults).into());
        }
        forked.gone = moving::gone(&forked.state, old, new);
    }
    let asked: Vec<String> =
        forked.state.steps.iter().filter(|(_, step)| step.approval.is_some()).map(|(id, _)| id.clone()).collect();
    turn.emit(Event::RunForked(forked));
    turn.program.clone_from(&new);
    // What came of what was under way.
    for given in outcomes {
        observe::observe(turn, &given.step, given.intent, *given.outcome)?;
    }
    for given in children {
        let ForkedChild { step, run, output, untrusted, error } = given;
        child::done(turn, &step, child::Done { run, output, untrusted, error })?;
    }
    if let Some((id, step)) = turn.run.steps.iter().find(|(id, _)| hangs(turn.run, id)) {
        let what = step.waiting.map_or("a call", |_| "a child run");
        return Err(unfit(
            &format!("{what} of {id} was under way then, and what came of it was never recorded"),
            &format!("그때 {id} 단계가 진행 중이었고 그 결과가 기록되어 있지 않아요"),
        ));
    }
    // Asking again under a key of this run's own could do it twice; one that was given up may be tried again.
    let is_unclear = |step: &metel_model::run::Step| match step.status {
        StepStatus::Succeeded => false,
        status => step.unclear || status == StepStatus::InDoubt,
    };
    if let Some((id, _)) = turn.run.steps.iter().find(|(_, step)| is_unclear(step)) {
        return Err(unfit(
            &format!("whether {id} had happened was not known then"),
            &format!("그때는 {id} 단계가 이루어졌는지 알 수 없었어요"),
        ));
    }
    // Questions are asked anew: the old ones are the other run's.
    turn.queue.extend(asked);
    if let (Some(old), Some(new)) = (old, new)
        && old.digest != new.digest
    {
        turn.queue.extend(schedule::due(turn.run, &new, None, new.entry, ""));
    }
    Ok(())
}

type Programs = (Option<Arc<Program>>, Option<Arc<Program>>);

fn programs(turn: &Turn<'_, '_>, forked: &Forked) -> Result<Programs, Refusal> {
    let of = |digest| turn.env.library.program(&digest).ok_or_else(|| Refusal::Needs(vec![digest]));
    let old = forked.state.workflow.map(of).transpose()?;
    let new = forked.workflow.or(forked.state.workflow).map(of).transpose()?;
    Ok((old, new))
}

fn stops(run: &Run) -> bool {
    run.cancelling.is_some() || run.failing.is_some()
}

/// Whether a step of the past still has something under way that is another run's.
fn hangs(run: &Run, id: &str) -> bool {
    let Some(step) = run.steps.get(id) else { return false };
    match step.status {
        // Begun in this very transition: its key is this run's own.
        StepStatus::Running => {
            step.effect.is_some() && step.items.is_none() && step.since.is_some_and(|at| at < run.created_at)
        }
        StepStatus::Waiting => {
            step.waiting == Some(WaitingFor::Child) && step.started_at.is_some_and(|at| at < run.created_at)
        }
        _ => false,
    }
}

fn unfit(en: &str, ko: &str) -> Refusal {
    Fault::new(Code::ForkUnfit).detail(en, ko).into()
}

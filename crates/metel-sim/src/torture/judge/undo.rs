//! Effects that stay behind when a run fails or is cancelled and takes others back.

use std::collections::BTreeSet;

use metel_model::event::Event;
use metel_model::lang::{Lang, Text};
use metel_model::status::RunStatus;
use metel_rules::graph::{UNDO, split_step, undone_by};

use super::order::is_for_failures;
use super::{Flaw, Suspect};
use crate::torture::ground::Ground;
use crate::torture::trace::{Told, Trace, of};

pub(super) fn look(ground: &Ground, trace: &Trace) -> Vec<Suspect> {
    let ended = |told: &&Told| matches!(told.run.status, RunStatus::Failed | RunStatus::Cancelled);
    trace.runs.iter().filter(ended).flat_map(|told| of_run(ground, trace, told)).collect()
}

fn of_run(ground: &Ground, trace: &Trace, told: &Told) -> Vec<Suspect> {
    let stops = |(_, event): &(usize, Event)| matches!(event, Event::RunFailing { .. } | Event::CancelRequested { .. });
    let Some(stop) = told.events.iter().position(stops) else { return Vec::new() };
    let mut undone: BTreeSet<&str> = BTreeSet::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for (at, (_, event)) in told.events.iter().enumerate() {
        match event {
            Event::StepSucceeded { step, .. } => match undone_by(step) {
                Some(of) => drop(undone.insert(of)),
                None if at < stop => drop(done.insert(step)),
                None => {}
            },
            Event::StepFailed { step, error, .. } => {
                let touched = trace.schedule.0.iter().any(|act| act.at.name.contains(step.as_str()));
                if let (Some(of), false) = (undone_by(step), touched) {
                    found.push(cannot(told, of, &error.sentence(Lang::En), &error.sentence(Lang::Ko)));
                }
            }
            _ => {}
        }
    }
    if undone.is_empty() {
        return found;
    }
    for call in of(&trace.calls, told.run.id).filter(|call| call.effect && call.acted) {
        let (id, ..) = split_step(&call.step);
        let Some(node) = told.program.position(id) else { continue };
        let stays = done.contains(call.step.as_str()) && !undone.contains(call.step.as_str());
        let meant = told.program.nodes[node].undo.is_some() || call.step.ends_with(UNDO);
        if stays && !meant && !is_for_failures(&told.program, node) && ground.is_effect(&call.tool) {
            let others: Vec<&str> = undone.iter().copied().collect();
            found.push(forgotten(told, id, &call.tool, &others.join(", ")));
        }
    }
    found
}

fn forgotten(told: &Told, step: &str, tool: &str, others: &str) -> Suspect {
    Suspect {
        flaw: Flaw::ForgottenUndo,
        workflow: told.run.name.clone(),
        step: step.to_owned(),
        what: Text::new(
            format!("the run ended without success and took back {others}, but not what {step} ({tool}) had done"),
            format!("실행이 성공하지 못해 {others} 단계는 되돌렸는데 {step} ({tool}) 단계가 한 일은 남았어요"),
        ),
        mend: Text::new(
            format!("Give {step} an `undo`, or put it after everything that may still fail."),
            format!("{step} 단계에 `undo`를 넣거나, 실패할 수 있는 단계를 모두 지난 뒤로 옮기세요."),
        ),
    }
}

fn cannot(told: &Told, step: &str, en: &str, ko: &str) -> Suspect {
    Suspect {
        flaw: Flaw::ForgottenUndo,
        workflow: told.run.name.clone(),
        step: split_step(step).0.to_owned(),
        what: Text::new(
            format!("what {step} had done could not be taken back, though nothing went wrong there: {en}"),
            format!("{step} 단계가 한 일을 되돌리지 못했어요. 그 자리에 고장은 없었어요: {ko}"),
        ),
        mend: Text::new(
            format!("Correct the `undo` of {step}: its tool and arguments."),
            format!("{step} 단계의 `undo`에 적은 도구와 인자를 고치세요."),
        ),
    }
}

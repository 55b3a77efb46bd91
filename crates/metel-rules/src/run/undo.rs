//! Undoing: a run that failed or was cancelled takes back what it did, last first, one call at a time,
//! under the same policy and approvals as every call.
//!
//! How a step is taken back is settled when it succeeds, while everything that its arguments read is at
//! hand. An undo that fails for good ends the run and names what still stands; a retry goes on with it.

use std::sync::Arc;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::lang::{Lang, Text};
use metel_model::run::Undoing;
use metel_model::status::StepStatus;

use super::turn::{Refusal, Turn};
use super::{schedule, tool};
use crate::graph::{PNode, Program, UNDO, undone_by};

/// Most steps that a failed run names as still standing.
const NAMED_MAX: usize = 20;

/// A step has succeeded that can be taken back.
pub(super) fn keep(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Some(undo) = &node.undo else { return Ok(()) };
    let resolved = match schedule::resolve(turn, program, step, &undo.args)? {
        Ok(resolved) => turn.store(resolved.value).map(|args| (args, resolved.untrusted)),
        Err(fault) => Err(fault),
    };
    let (args, untrusted, error) = match resolved {
        Ok((args, untrusted)) => (Some(args), untrusted, None),
        Err(fault) => (None, Vec::new(), Some(*fault)),
    };
    turn.emit(Event::UndoKept { step: step.to_owned(), tool: undo.tool.clone(), args, untrusted, error });
    Ok(())
}

/// What the step of an undo does.
pub(super) fn of<'r>(run: &'r metel_model::run::Run, id: &str) -> Option<&'r Undoing> {
    let undone = undone_by(id)?;
    run.undos.iter().rev().find(|undo| undo.step == undone)
}

/// Nothing is under way any more in a run that stops: goes on taking back what it did. True while that
/// is not over.
pub(super) fn go_on(turn: &mut Turn<'_, '_>) -> Result<bool, Refusal> {
    loop {
        if in_doubt(turn) {
            return Ok(true);
        }
        let Some(last) = turn.run.undos.last() else { return Ok(false) };
        let id = format!("{}{UNDO}", last.step);
        match turn.run.steps.get(&id).map(|s| s.status).unwrap_or_default() {
            StepStatus::Failed | StepStatus::Cancelled => return Ok(false),
            _ if turn.run.paused.is_some() => return Ok(true),
            StepStatus::Pending => {
                if !turn.run.undoing {
                    turn.emit(Event::RunUndoing {});
                }
                activate(turn, &id)?;
            }
            _ => return Ok(true),
        }
    }
}

/// Whether a person has to tell first what happened: of what may have to be taken back, or of what was
/// to take it back.
fn in_doubt(turn: &Turn<'_, '_>) -> bool {
    let mut doubts = turn.run.steps.iter().filter(|(_, step)| step.status == StepStatus::InDoubt).peekable();
    let has_undo = |id: &str| turn.program.as_ref().and_then(|p| p.node_of(id)).is_some_and(|node| node.undo.is_some());
    doubts.peek().is_some() && (!turn.run.undos.is_empty() || doubts.any(|(id, _)| has_undo(id)))
}

/// The turn of an undo has come.
pub(super) fn activate(turn: &mut Turn<'_, '_>, id: &str) -> Result<(), Refusal> {
    let Some(undo) = of(turn.run, id).cloned() else { return Err(Refusal::Stale) };
    match (undo.args, undo.error) {
        (Some(args), _) => tool::prepare(turn, id, &undo.tool, tool::Args::Kept(&args, &undo.untrusted)),
        (None, error) => {
            let fault = error.unwrap_or_else(|| Fault::new(Code::ReferenceMissing));
            failed(turn, id, fault)
        }
    }
}

/// An undo has failed for good.
pub(super) fn failed(turn: &mut Turn<'_, '_>, id: &str, error: Fault) -> Result<(), Refusal> {
    turn.emit(Event::StepFailed { step: id.to_owned(), error, to: Vec::new(), dead: Vec::new() });
    Ok(())
}

/// Why a run failed that could not take everything back: the code of what it failed of, and what stands.
pub(super) fn left_standing(turn: &Turn<'_, '_>, error: Option<Fault>) -> Option<Fault> {
    let last = turn.run.undos.last()?;
    let cause = turn.run.steps.get(&format!("{}{UNDO}", last.step)).and_then(|s| s.error.clone());
    let cause = cause.unwrap_or_else(|| Fault::new(Code::StepFailed).at(&last.step));
    let stands: Vec<&str> = turn.run.undos.iter().rev().take(NAMED_MAX).map(|undo| undo.step.as_str()).collect();
    let stands = stands.join(", ");
    let before = error.as_ref().and_then(|fault| fault.detail.clone()).unwrap_or_default();
    let join = |before: &str, more: String| if before.is_empty() { more } else { format!("{before}. {more}") };
    let detail = Text::new(
        join(&before.en, format!("Not taken back: {stands} ({})", cause.sentence(Lang::En))),
        join(&before.ko, format!("되돌리지 못한 것: {stands} ({})", cause.sentence(Lang::Ko))),
    );
    let mut fault = error.unwrap_or(cause);
    fault.detail = Some(detail);
    Some(fault)
}

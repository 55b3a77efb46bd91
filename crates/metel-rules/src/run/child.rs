//! Subworkflows: a child run is started in the parent's own commit and wakes it in its last one.

use std::sync::Arc;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::id::RunId;
use metel_model::status::{StepStatus, WaitingFor};
use metel_model::stored::Stored;
use serde_json::{Value, json};

use super::turn::{Refusal, Turn};
use super::{asking, laws, schedule, segment};
use crate::graph::{Kind, Program};
use crate::refs::Template;

/// Deepest nesting of runs within runs.
pub const DEPTH_MAX: u32 = 16;

pub(super) fn start(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    step: &str,
    workflow: &str,
    input: Option<&Template>,
) -> Result<(), Refusal> {
    let depth = turn.run.parent.as_ref().map_or(0, |p| p.depth) + 1;
    if depth > DEPTH_MAX {
        let fault = Fault::new(Code::LimitExceeded).about(format!("{DEPTH_MAX} runs within runs")).at(step);
        return schedule::fail(turn, step, fault);
    }
    let Some(workflow) = turn.run.pins.get(&format!("workflow:{workflow}")).copied() else {
        return schedule::fail(turn, step, Fault::new(Code::DefinitionInvalid).about(workflow).at(step));
    };
    let (value, untrusted): (Value, bool) = match input {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => (resolved.value, !resolved.untrusted.is_empty()),
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => (json!({}), false),
    };
    let untrusted = untrusted && laws::tells_origin(turn.run);
    let input = match turn.store(value) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let run = RunId(turn.chance.uuid());
    let asked = asking::words_below(turn.run);
    turn.emit(Event::ChildStarted { step: step.to_owned(), run, workflow, input, depth, untrusted, asked });
    Ok(())
}

/// What a child left.
pub(super) struct Done {
    pub run: RunId,
    pub output: Stored,
    pub untrusted: bool,
    pub error: Option<Fault>,
}

pub(super) fn done(turn: &mut Turn<'_, '_>, id: &str, done: Done) -> Result<(), Refusal> {
    let Done { run, output, untrusted, error } = done;
    let waits = turn.run.steps.get(id).is_some_and(|s| {
        s.status == StepStatus::Waiting && s.waiting == Some(WaitingFor::Child) && s.child == Some(run)
    });
    if !waits {
        return Err(Refusal::Stale);
    }
    let untrusted = untrusted && laws::tells_origin(turn.run);
    turn.emit(Event::ChildFinished {
        step: id.to_owned(),
        run,
        output: output.clone(),
        untrusted,
        error: error.clone(),
    });
    let program = turn.program()?;
    let node = program.node_of(id).filter(|node| matches!(node.kind, Kind::Map { .. }));
    match (error, node) {
        (Some(error), _) => schedule::fail(turn, id, error),
        (None, Some(_)) if turn.is_stopping() => Ok(()),
        // Its turn comes again when the run goes on.
        (None, Some(_)) if turn.run.paused.is_some() => {
            turn.emit(Event::StepReady { step: id.to_owned() });
            Ok(())
        }
        (None, Some(node)) => segment::go_on(turn, &program, node, id),
        (None, None) => schedule::succeed(turn, id, Some(output), Vec::new(), untrusted),
    }
}

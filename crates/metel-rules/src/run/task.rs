//! People's tasks: a form is shown, a person fills it in, the values are checked and become the output.

use std::sync::Arc;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::{StepStatus, WaitingFor};
use metel_model::stored::Stored;
use serde_json::{Value, json};

use super::schedule;
use super::turn::{Refusal, Turn};
use crate::graph::{Kind, PNode, Program};
use crate::refs::push_text;

/// Longest name of whoever should do a task, in characters.
const ASSIGNEE_CHARS_MAX: usize = 200;

/// A `human_task` asks.
pub(super) fn ask(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Task(task) = &node.kind else { return Ok(()) };
    let show = match &task.show {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => json!({}),
    };
    let assignee = match &task.assignee {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => Some(resolved.value),
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => None,
    };
    let assignee = assignee.filter(|value| !value.is_null()).map(|value| {
        let mut text = String::new();
        push_text(&mut text, &value);
        text
    });
    if assignee.as_ref().is_some_and(|who| who.chars().count() > ASSIGNEE_CHARS_MAX) {
        let fault = Fault::new(Code::LimitExceeded)
            .detail(
                format!("an assignee has at most {ASSIGNEE_CHARS_MAX} characters"),
                format!("담당자는 {ASSIGNEE_CHARS_MAX}자까지예요"),
            )
            .at(step);
        return schedule::fail(turn, step, fault);
    }
    let show = match turn.store(show) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let form = match turn.store(task.form.clone()) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    turn.emit(Event::TaskAsked {
        step: step.to_owned(),
        title: task.title.clone().unwrap_or_else(|| node.label.clone()),
        show,
        form,
        assignee,
        due: task.due_ms.map(|ms| turn.now.plus_millis(ms)),
        expires: task.expires_ms.map(|ms| turn.now.plus_millis(ms)),
    });
    Ok(())
}

/// A person hands the form in.
pub(super) fn submit(turn: &mut Turn<'_, '_>, id: &str, values: Stored, by: String) -> Result<(), Refusal> {
    let Some(step) = turn.run.steps.get(id) else { return Err(Fault::new(Code::StepUnknown).about(id).into()) };
    let waits = step.status == StepStatus::Waiting && step.waiting == Some(WaitingFor::Input) && step.task.is_some();
    if !waits {
        return Err(Fault::new(Code::InputUnexpected).at(id).into());
    }
    if step.wake_at.is_some_and(|until| until <= turn.now) {
        return Err(Fault::new(Code::WaitTimeout).at(id).into());
    }
    let program = turn.program()?;
    let Some(Kind::Task(task)) = program.node_of(id).map(|node| &node.kind) else { return Err(Refusal::Stale) };
    let given = turn.load(&values)?;
    let faults = crate::contract::field_faults(&task.schema, &given);
    if !faults.is_empty() {
        return Err(Fault::new(Code::FieldInvalid).at(id).fields(faults).into());
    }
    let values = match values {
        Stored::Inline(value) => turn.store(Value::clone(&value)).map_err(Refusal::Fault)?,
        blob => blob,
    };
    turn.emit(Event::TaskSubmitted { step: id.to_owned(), values, by });
    schedule::succeed(turn, id, None, Vec::new(), false)
}

/// Nobody did it in time.
pub(super) fn expired(turn: &mut Turn<'_, '_>, step: &str) -> Result<(), Refusal> {
    schedule::fail(turn, step, Fault::new(Code::WaitTimeout).at(step))
}

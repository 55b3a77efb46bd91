//! Messages: a step waits for one, a step publishes one. Who gets which is decided where messages are
//! kept; here a run takes each at most once, and only one that a step of it waits for.

use std::sync::Arc;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::id::MessageId;
use metel_model::status::{StepStatus, WaitingFor};
use metel_model::stored::Stored;
use serde_json::{Value, json};

use super::schedule;
use super::turn::{Refusal, Turn};
use crate::graph::{Kind, PNode, Program};
use crate::refs::{Template, push_text};

/// How long a message is kept that nobody waits for, unless it says otherwise: a day.
const TTL_MS: u64 = 24 * 60 * 60 * 1_000;
/// Longest correlation, in characters.
pub const CORRELATION_CHARS_MAX: usize = 256;

/// A `wait` for a message.
pub(super) fn wait(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Message { name, correlation: template, timeout_ms } = &node.kind else { return Ok(()) };
    let correlation = match correlation(turn, program, step, template.as_ref())? {
        Ok(correlation) => correlation,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    // Every node may have a `timeout_ms`; here it is the time to wait.
    let until = timeout_ms.or(node.timeout_ms).map(|ms| turn.now.plus_millis(ms));
    turn.emit(Event::MessageAwaited { step: step.to_owned(), name: name.clone(), correlation, until });
    Ok(())
}

fn correlation(
    turn: &Turn<'_, '_>,
    program: &Program,
    step: &str,
    template: Option<&Template>,
) -> Result<Result<String, Box<Fault>>, Refusal> {
    let Some(template) = template else { return Ok(Ok(String::new())) };
    let value = match schedule::resolve(turn, program, step, template)? {
        Ok(resolved) => resolved.value,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut text = String::new();
    if value.is_object() || value.is_array() {
        let fault = Fault::new(Code::FieldInvalid).detail("a correlation is a text", "correlation은 글자여야 해요");
        return Ok(Err(Box::new(fault.at(step))));
    }
    push_text(&mut text, &value);
    if text.chars().count() > CORRELATION_CHARS_MAX || text.chars().any(char::is_control) {
        let fault = Fault::new(Code::LimitExceeded).detail(
            format!("a correlation is one line of at most {CORRELATION_CHARS_MAX} characters"),
            format!("correlation은 한 줄, {CORRELATION_CHARS_MAX}자까지예요"),
        );
        return Ok(Err(Box::new(fault.at(step))));
    }
    Ok(Ok(text))
}

/// Nothing came in time.
pub(super) fn timed_out(turn: &mut Turn<'_, '_>, step: &str) -> Result<(), Refusal> {
    let awaited = turn.run.steps.get(step).and_then(|s| s.message.clone());
    let mut fault = Fault::new(Code::WaitTimeout).at(step);
    if let Some(awaited) = awaited {
        let about = [awaited.name, awaited.correlation].into_iter().filter(|part| !part.is_empty());
        fault = fault.about(about.collect::<Vec<_>>().join(" "));
    }
    schedule::fail(turn, step, fault)
}

/// What a delivery says.
pub(super) struct Delivery {
    pub step: Option<String>,
    pub message: MessageId,
    pub name: String,
    pub correlation: String,
    pub payload: Stored,
    pub untrusted: bool,
    pub by: String,
}

/// A message came. Refused as stale where nobody waits for it, or where it was taken before.
pub(super) fn deliver(turn: &mut Turn<'_, '_>, given: Delivery) -> Result<(), Refusal> {
    if turn.run.taken.contains(&given.message) {
        return Err(Refusal::Stale);
    }
    let waits = |step: &metel_model::run::Step| {
        step.status == StepStatus::Waiting
            && step.waiting == Some(WaitingFor::Message)
            && step.message.as_ref().is_some_and(|m| m.name == given.name && m.correlation == given.correlation)
            && step.wake_at.is_none_or(|until| until > turn.now)
    };
    let found = match &given.step {
        Some(id) => turn.run.steps.get_key_value(id).filter(|(_, step)| waits(step)),
        None => turn.run.steps.iter().find(|(_, step)| waits(step)),
    };
    let Some(step) = found.map(|(id, _)| id.clone()) else { return Err(Refusal::Stale) };
    let payload = match given.payload {
        Stored::Inline(value) => turn.store(value.as_ref().clone()).map_err(Refusal::Fault)?,
        blob => blob,
    };
    turn.emit(Event::MessageReceived {
        step: step.clone(),
        message: given.message,
        payload,
        by: given.by,
        untrusted: given.untrusted,
    });
    schedule::succeed(turn, &step, None, Vec::new(), given.untrusted)
}

/// An `emit`: the message is published with this transition.
pub(super) fn emit(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Emit { name, correlation: template, payload, ttl_ms } = &node.kind else { return Ok(()) };
    let correlation = match correlation(turn, program, step, template.as_ref())? {
        Ok(correlation) => correlation,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let (value, untrusted) = match payload {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => (resolved.value, !resolved.untrusted.is_empty()),
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => (Value::Null, false),
    };
    let payload = match turn.store(value) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let id = MessageId(turn.chance.uuid());
    turn.emit(Event::MessageEmitted {
        step: step.to_owned(),
        id,
        name: name.clone(),
        correlation,
        payload,
        expires: turn.now.plus_millis(ttl_ms.unwrap_or(TTL_MS)),
        untrusted,
    });
    schedule::succeed(turn, step, Some(Stored::inline(json!({ "message": id }))), Vec::new(), false)
}

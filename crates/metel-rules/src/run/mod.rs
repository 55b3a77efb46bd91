//! The run as a state machine: a command and a state give events, events give the next state.
//!
//! [`decide`] reads no clock, draws no chance and waits for nothing: time comes with the context,
//! chance is derived from the place in the log, stored values and definitions come through [`Env`].
//! [`evolve`] folds one event in; folding a whole log gives the live state again. [`react`] names
//! the effects that events ask a worker to carry out.
//!
//! | command | from | events begin with |
//! | --- | --- | --- |
//! | start | nothing | run_started |
//! | wake | ready, sleeping, expired | effect_intended, step_succeeded, approval_expired, approval_escalated … |
//! | observe | running | effect_observed |
//! | withdraw | running | effect_withdrawn |
//! | rescue | running | lease_lost |
//! | input | waiting for input | input_given |
//! | decide | waiting for approval | approval_decided |
//! | delegate | waiting for approval | approval_delegated |
//! | question | waiting for approval | approval_questioned |
//! | answer | waiting for approval | approval_answered |
//! | seal | any but ended | envelope_sealed |
//! | resolve | in doubt | doubt_resolved |
//! | child_done | waiting for child | child_finished |
//! | deliver | waiting for message | message_received |
//! | submit | waiting for a form | task_submitted |
//! | pause | any but ended | run_paused |
//! | resume | paused | run_resumed |
//! | cancel | any but ended | cancel_requested |
//! | retry | failed | run_retried |

mod agents;
#[cfg(any(test, feature = "altered"))]
mod altered;
mod approve;
mod asking;
mod body;
mod cancel;
mod child;
mod conversation;
mod envelope;
mod evolve;
mod finish;
mod fork;
mod hearing;
mod input;
mod laws;
mod looping;
mod map;
mod message;
mod moving;
mod needs;
mod observe;
mod origins;
mod pause;
mod planning;
mod react;
mod replay;
mod rescue;
mod retry;
mod schedule;
mod scope;
mod segment;
mod standing;
mod start;
mod task;
mod tool;
mod turn;
mod undo;
mod wake;

pub use envelope::{Proposed, propose};
pub use evolve::{blank, evolve};
pub use hearing::TEXT_CHARS_MAX as QUESTION_CHARS_MAX;
pub use laws::{EVENTS_MAX, LAWS};
pub use map::{ITEMS_MAX, LIST_MAX};
pub use message::CORRELATION_CHARS_MAX;
pub use moving::blockers;
pub use needs::{NEEDS_MAX, is_need, needs};
pub use react::{effect_of, key_of, react};
pub use replay::{Checker, Decider, Produced, Recorded, Report, Told, recover, references, replay};
pub use retry::failed_steps;
pub use start::PRIORITY_MAX;
#[cfg(test)]
pub(crate) use tool::approval_digest;
pub use turn::{Able, Context, Decision, Env, Library, Refusal};

use metel_model::command::Command;
use metel_model::run::Run;
use metel_model::time::Micros;

use turn::Turn;

/// Step of a run that makes its plan.
pub const PLAN_STEP: &str = "@plan";
/// Step of a run that words its answer.
pub const COMPOSE_STEP: &str = "@compose";
/// Step of a run that ends it when its time is over.
pub const DEADLINE_STEP: &str = "@deadline";

/// Decides a command on a copy of the state. [`transition`] does the same in place.
pub fn decide(run: &Run, env: &Env<'_>, command: Command, context: &Context) -> Result<Decision, Refusal> {
    transition(&mut run.clone(), env, command, context)
}

/// Decides a command and evolves `run` with each event. When a refusal asks for blobs the state may
/// already have moved: load it again. Every other refusal leaves it as it was.
pub fn transition(run: &mut Run, env: &Env<'_>, command: Command, context: &Context) -> Result<Decision, Refusal> {
    // Noting changed surroundings is itself an event; a refusal must take it back.
    if run.facts == env.facts_digest {
        return turn(run, env, command, context);
    }
    let before = run.clone();
    turn(run, env, command, context).inspect_err(|_| *run = before)
}

fn turn(run: &mut Run, env: &Env<'_>, command: Command, context: &Context) -> Result<Decision, Refusal> {
    let mut turn = Turn::new(run, env, context);
    if turn.run.status.is_final() && !matches!(command, Command::Retry { .. }) {
        return Err(Refusal::Final);
    }
    // Nothing is decided without the workflow: what a node says of itself must not go unseen.
    if let (Some(digest), None) = (turn.run.workflow, &turn.program) {
        return Err(Refusal::Needs(vec![digest]));
    }
    turn.bind_facts(&command);
    match command {
        Command::Start { started, plan } => start::start(&mut turn, started, plan)?,
        Command::Fork { forked, outcomes, children } => fork::fork(&mut turn, forked, outcomes, children)?,
        Command::Migrate { workflow, pins, by } => moving::migrate(&mut turn, workflow, pins, by)?,
        Command::Wake { step } => wake::wake(&mut turn, &step)?,
        Command::Observe { step, intent, outcome } => observe::observe(&mut turn, &step, intent, *outcome)?,
        Command::Withdraw { step, intent } => rescue::withdraw(&mut turn, &step, intent)?,
        Command::Rescue { step, intent } => rescue::rescue(&mut turn, &step, intent)?,
        Command::Input { values, by } => input::give(&mut turn, values, by)?,
        Command::Decide { approval, digest, decision, by, channel } => {
            approve::decide(&mut turn, approval, digest, decision, by, channel)?;
        }
        Command::Delegate { approval, to, reason, by, channel } => {
            hearing::delegate(&mut turn, approval, to, reason, by, channel)?;
        }
        Command::Question { approval, text, by, channel } => hearing::question(&mut turn, approval, text, by, channel)?,
        Command::Answer { approval, question, text, by, channel } => {
            hearing::answer(&mut turn, approval, question, text, by, channel)?;
        }
        Command::Seal { envelope, digest, by, channel } => envelope::seal(&mut turn, *envelope, digest, by, channel)?,
        Command::Resolve { step, intent, happened, output, by } => {
            rescue::resolve(&mut turn, &step, intent, happened, output, by)?;
        }
        Command::ChildDone { step, run, output, untrusted, error } => {
            child::done(&mut turn, &step, child::Done { run, output, untrusted, error })?;
        }
        Command::Deliver { step, message, name, correlation, payload, untrusted, by } => {
            let given = message::Delivery { step, message, name, correlation, payload, untrusted, by };
            message::deliver(&mut turn, given)?;
        }
        Command::Submit { step, values, by } => task::submit(&mut turn, &step, values, by)?,
        Command::Pause { by, reason } => pause::pause(&mut turn, by, reason)?,
        Command::Resume { by } => pause::resume(&mut turn, by)?,
        Command::Cancel { by, reason } => cancel::cancel(&mut turn, by, reason)?,
        Command::Retry { by } => retry::retry(&mut turn, by)?,
    }
    turn.settle()?;
    Ok(turn.finish())
}

/// When the task of a step of a run is due; `None` when the step needs none. While a run is held its
/// tasks keep their places and are parked, but for its deadline.
pub fn due(run: &Run, id: &str) -> Option<Micros> {
    use metel_model::status::StepStatus;
    let step = run.steps.get(id).filter(|step| step.is_active())?;
    Some(match step.status {
        StepStatus::Ready | StepStatus::Waiting if run.paused.is_some() && id != DEADLINE_STEP => {
            metel_model::task::PARKED
        }
        StepStatus::Waiting => step.wake_at.unwrap_or(metel_model::task::PARKED),
        _ => Micros(0),
    })
}

#[cfg(test)]
mod tests;

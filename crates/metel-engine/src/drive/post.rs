//! Messages in the commit of a transition: what it publishes, who begins to wait, who waits no more.

use metel_model::event::Event;
use metel_model::message::{Message, Subscription};
use metel_model::run::Run;
use metel_model::task::PARKED;
use metel_model::time::Micros;
use metel_rules::graph::{Kind, Program};
use metel_rules::run::Decision;
use metel_store::SubscriptionChange;

/// Messages of `emit` steps.
pub(super) fn published(run: &Run, decision: &Decision, now: Micros) -> Vec<Message> {
    let publishes = |event: &Event| match event {
        Event::MessageEmitted { id, name, correlation, payload, expires, untrusted, .. } => Some(Message {
            id: *id,
            name: name.clone(),
            correlation: correlation.clone(),
            body: payload.clone(),
            untrusted: *untrusted,
            by: format!("run:{}", run.id),
            at: now,
            expires: *expires,
        }),
        _ => None,
    };
    decision.events.iter().filter_map(publishes).collect()
}

/// Rows of steps that begin or end waiting. Removing what is not there changes nothing, so a step that
/// only might have waited is removed as well.
pub(super) fn subscriptions(run: &Run, program: Option<&Program>, decision: &Decision) -> Vec<SubscriptionChange> {
    let waits = |step: &str| run.steps.get(step).is_some_and(|state| state.message.is_some());
    let may_wait = |step: &str| {
        let node = program.and_then(|program| program.node_of(step));
        node.is_some_and(|node| matches!(node.kind, Kind::Message { .. }))
    };
    // A fork waits for messages of its own from its first moment on.
    let inherits = decision.events.iter().any(|event| matches!(event, Event::RunForked(_)));
    let inherited = run.steps.iter().filter(|_| inherits).filter_map(|(id, step)| {
        let awaited = step.message.as_ref()?;
        Some(SubscriptionChange::Add(Subscription {
            step: id.clone(),
            name: awaited.name.clone(),
            correlation: awaited.correlation.clone(),
            until: step.wake_at.unwrap_or(PARKED),
        }))
    });
    let change = |event: &Event| match event {
        Event::MessageAwaited { .. } if inherits => None,
        Event::MessageAwaited { step, name, correlation, until } if waits(step) => {
            Some(SubscriptionChange::Add(Subscription {
                step: step.clone(),
                name: name.clone(),
                correlation: correlation.clone(),
                until: until.unwrap_or(PARKED),
            }))
        }
        Event::MessageReceived { step, message, .. } => {
            Some(SubscriptionChange::Remove { step: step.clone(), took: Some(*message) })
        }
        Event::StepFailed { step, .. } | Event::StepCancelled { step } if may_wait(step) => {
            Some(SubscriptionChange::Remove { step: step.clone(), took: None })
        }
        _ => None,
    };
    inherited.chain(decision.events.iter().filter_map(change)).collect()
}

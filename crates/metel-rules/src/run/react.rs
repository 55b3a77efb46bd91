//! The effects that events ask for.

use metel_model::effect::{Effect, EffectKind};
use metel_model::event::Event;
use metel_model::hash::Digest;
use metel_model::id::RunId;
use metel_model::run::Run;
use metel_model::status::StepStatus;
use metel_model::stored::Stored;

/// Waiting time for a model's or planner's work.
const MODEL_TIMEOUT_MS: u64 = 180_000;

/// The effects of one transition's events, from the state after it.
pub fn react(run: &Run, events: &[Event]) -> Vec<Effect> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::EffectIntended { step, n, .. } => effect_of(run, step).filter(|effect| effect.intent == *n),
            _ => None,
        })
        .collect()
}

/// The effect that a running step stands for.
pub fn effect_of(run: &Run, id: &str) -> Option<Effect> {
    let step = run.steps.get(id).filter(|s| s.status == StepStatus::Running && s.items.is_none())?;
    let kind = step.effect?;
    let is_tool = matches!(kind, EffectKind::Tool | EffectKind::Reconcile);
    Some(Effect {
        run: run.id,
        step: id.to_owned(),
        intent: step.intent,
        kind,
        contract: if is_tool { run.pins.get(&step.target).copied() } else { None },
        target: step.target.clone(),
        payload: step.payload.clone().unwrap_or_else(Stored::null),
        head: step.conversation.as_ref().and_then(|conversation| conversation.head),
        key: key_of(run.id, id, step.group),
        attempt: step.attempt,
        timeout_ms: MODEL_TIMEOUT_MS,
        since: step.since.unwrap_or(run.created_at),
    })
}

/// The idempotency key of a step's group of attempts: the same for every attempt, and for nothing else.
pub fn key_of(run: RunId, step: &str, group: u32) -> String {
    let digest = Digest::of_parts(&[run.as_bytes(), step.as_bytes(), &group.to_be_bytes()]);
    let mut hex = digest.hex();
    hex.truncate(32);
    hex
}

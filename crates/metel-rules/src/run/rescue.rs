//! Rescue: a worker is gone in the middle of an effect. What is safe to repeat is repeated with the
//! same key; what is not is asked about; where nobody can tell, a person decides.

use metel_model::Code;
use metel_model::contract::Idempotency;
use metel_model::effect::EffectKind;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::run::Step;
use metel_model::status::StepStatus;
use serde_json::Value;

use super::laws::{LOST_MAX, parks};
use super::schedule;
use super::scope::pinned;
use super::tool::intend;
use super::turn::{Refusal, Turn};

/// The worker that held the step is gone.
pub(super) fn rescue(turn: &mut Turn<'_, '_>, id: &str, intent: u32) -> Result<(), Refusal> {
    let Some(step) = turn.run.steps.get(id).filter(|s| holds(s, intent)) else { return Err(Refusal::Stale) };
    let (kind, target, attempt) = (step.effect.unwrap_or(EffectKind::Tool), step.target.clone(), step.attempt);
    turn.emit(Event::LeaseLost { step: id.to_owned(), n: intent });
    // A run that stops or is held sends nothing again; asking what happened is no harm.
    let held = turn.is_over(id) || turn.run.paused.is_some();
    let stopping = held && kind != EffectKind::Reconcile;
    if kind.is_repeatable() && stopping {
        return Ok(());
    }
    if parks(turn.run) && attempt >= LOST_MAX && !stopping {
        let (en, ko) = (
            format!("every worker that carried it out was lost, {attempt} in all: it is left alone"),
            format!("맡은 워커가 번번이 사라져서({attempt}번) 더는 시도하지 않아요"),
        );
        return schedule::fail(turn, id, Fault::new(Code::StepFailed).detail(en, ko).at(id));
    }
    if kind.is_repeatable() {
        return intend(turn, id, kind, &target, None, None);
    }
    let contract = pinned(turn.run, turn.env.library, &target);
    match contract.as_ref().map(|c| &c.contract.idempotency) {
        Some(Idempotency::Natural | Idempotency::Key { .. }) if stopping => Ok(()),
        Some(Idempotency::Natural | Idempotency::Key { .. }) => {
            intend(turn, id, kind, &target, None, Some("rescued".to_owned()))
        }
        Some(Idempotency::None { reconcile: Some(_) }) => intend(turn, id, EffectKind::Reconcile, &target, None, None),
        _ => {
            let fault = Fault::new(Code::ToolFailed)
                .detail(
                    "the worker was lost in the middle of the call; whether it happened is not known",
                    "호출 도중에 워커가 사라져서 실제로 되었는지 알 수 없어요",
                )
                .at(id);
            turn.emit(Event::StepInDoubt { step: id.to_owned(), error: fault });
            Ok(())
        }
    }
}

/// Whether this intention is on its way. A map or a group runs without one.
fn holds(step: &Step, intent: u32) -> bool {
    step.intent == intent && step.status == StepStatus::Running && step.items.is_none()
}

/// Intended and certainly never sent: the step is ready again.
pub(super) fn withdraw(turn: &mut Turn<'_, '_>, id: &str, intent: u32) -> Result<(), Refusal> {
    if !turn.run.steps.get(id).is_some_and(|s| holds(s, intent)) {
        return Err(Refusal::Stale);
    }
    turn.emit(Event::EffectWithdrawn { step: id.to_owned(), n: intent });
    Ok(())
}

/// A person knows whether a doubtful effect happened.
pub(super) fn resolve(
    turn: &mut Turn<'_, '_>,
    id: &str,
    intent: Option<u32>,
    happened: bool,
    output: Option<Value>,
    by: String,
) -> Result<(), Refusal> {
    let Some(step) = turn.run.steps.get(id) else { return Err(Fault::new(Code::StepUnknown).about(id).into()) };
    if step.status != StepStatus::InDoubt {
        let (en, ko) = (format!("{id} is not in doubt"), format!("{id} 단계는 결과가 분명해요"));
        return Err(Fault::new(Code::RunStale).detail(en, ko).into());
    }
    // A word about an earlier call says nothing of this one.
    if intent.is_some_and(|intent| intent != step.intent) {
        let (en, ko) = (format!("{id} was called again since"), format!("{id} 단계는 그 뒤에 다시 호출했어요"));
        return Err(Fault::new(Code::RunStale).detail(en, ko).into());
    }
    let target = step.target.clone();
    if !happened {
        turn.emit(Event::DoubtResolved { step: id.to_owned(), happened, by, output: None });
        turn.queue.push_back(id.to_owned());
        return Ok(());
    }
    let output = output.unwrap_or(Value::Null);
    let products = match pinned(turn.run, turn.env.library, &target) {
        Some(contract) => match contract.products(&output) {
            Ok(products) => products,
            Err(key) => {
                return Err(Fault::new(Code::FieldInvalid)
                    .detail(
                        format!("later steps need `{key}`: give the service's answer as `output`"),
                        format!("뒤 단계에 `{key}`가 필요해요. 서비스의 답을 `output`으로 주세요"),
                    )
                    .into());
            }
        },
        None => Default::default(),
    };
    let stored = turn.store(output).map_err(Refusal::Fault)?;
    turn.emit(Event::DoubtResolved { step: id.to_owned(), happened, by, output: Some(stored.clone()) });
    schedule::succeed_with(turn, id, Some(stored), products.into_iter().collect(), Vec::new(), false)
}

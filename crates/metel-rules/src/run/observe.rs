//! Observe: an effect came back. Verify it in code, then go on, try again, ask whether it happened, or fail.

use std::sync::Arc;

use metel_model::Code;
use metel_model::contract::{Idempotency, Retry};
use metel_model::effect::{Certainty, EffectKind, Outcome};
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::status::StepStatus;
use serde_json::{Map, Value};

use super::schedule;
use super::scope::pinned;
use super::turn::{Refusal, Turn};
use crate::contract::{Compiled, Judgement};
use crate::graph::called_by;
use crate::retry::backoff_ms;

pub(super) fn observe(turn: &mut Turn<'_, '_>, id: &str, intent: u32, outcome: Outcome) -> Result<(), Refusal> {
    let Some(step) = turn.run.steps.get(id) else { return Err(Refusal::Stale) };
    if step.status != StepStatus::Running || step.items.is_some() || step.intent != intent {
        return Err(Refusal::Stale);
    }
    let Some(kind) = step.effect else { return Err(Refusal::Stale) };
    let target = step.target.clone();
    let contract = pinned(turn.run, turn.env.library, &target);
    turn.emit(Event::EffectObserved { step: id.to_owned(), n: intent, outcome: outcome.clone() });
    match (kind, contract) {
        (EffectKind::Tool, Some(contract)) => tool(turn, id, &contract, &outcome),
        (EffectKind::Reconcile, Some(contract)) => reconciled(turn, id, &contract, &outcome),
        (EffectKind::Tool | EffectKind::Reconcile, None) => {
            schedule::fail(turn, id, Fault::new(Code::ToolUnknown).about(target))
        }
        (EffectKind::Author, _) => {
            // With or without words, the payload is looked at again; what is still open is asked for.
            match turn.is_over(id) || super::planning::is_wanted(turn.run) && crate::graph::undone_by(id).is_none() {
                true => turn.emit(Event::StepCancelled { step: id.to_owned() }),
                false => turn.queue.push_back(id.to_owned()),
            }
            Ok(())
        }
        (EffectKind::Agent, _) => agent(turn, id, &outcome),
        (EffectKind::Plan, _) => super::planning::proposed(turn, id, &outcome),
        (EffectKind::Compose, _) => super::planning::composed(turn, id, &outcome),
    }
}

/// What to do with an outcome that is not good.
enum Trouble {
    /// Certainly without effect, and may pass by itself.
    Passing(Fault),
    /// It may have happened.
    Ambiguous(Fault),
    Lasting(Fault),
}

fn tool(turn: &mut Turn<'_, '_>, id: &str, contract: &Arc<Compiled>, outcome: &Outcome) -> Result<(), Refusal> {
    match verify(turn, id, contract, outcome)? {
        Ok((products, untrusted)) => schedule::succeed_with(turn, id, None, products, Vec::new(), untrusted),
        Err(trouble) => handle(turn, id, contract, outcome, trouble),
    }
}

/// What an answer leaves, and whether it is untrusted.
type Products = (Map<String, Value>, bool);

/// Transport, success expression, output schema, products, the node's own criterion: in this order.
fn verify(
    turn: &Turn<'_, '_>,
    id: &str,
    contract: &Compiled,
    outcome: &Outcome,
) -> Result<Result<Products, Trouble>, Refusal> {
    let untrusted = contract.contract.trust == metel_model::contract::Trust::Untrusted;
    if let Some(fault) = &outcome.fault {
        let fault = fault.clone();
        return Ok(Err(match (outcome.certainty, is_passing(fault.code)) {
            (Certainty::Ambiguous, _) => Trouble::Ambiguous(fault),
            (Certainty::Certain, true) => Trouble::Passing(fault),
            (Certainty::Certain, false) => Trouble::Lasting(fault),
        }));
    }
    let response = turn.load(&outcome.output)?;
    let input = match turn.run.steps.get(id).and_then(|s| s.payload.clone()) {
        Some(stored) => turn.load(&stored)?,
        None => Arc::new(Value::Null),
    };
    let status = outcome.status.unwrap_or(200);
    let retry = retry_of(turn, id, contract);
    if let Judgement::Fail { code, message, retryable } = contract.judge(status, &response, &input) {
        let said = if message.is_empty() { code.clone() } else { message };
        let fault = Fault::new(Code::ToolFailed).about(format!("{}: {said} ({status})", contract.contract.id)).at(id);
        let passing = retryable || retry.statuses.contains(&status);
        return Ok(Err(match (passing, status >= 500, outcome.certainty) {
            (_, true, _) | (_, _, Certainty::Ambiguous) => Trouble::Ambiguous(fault),
            (true, _, _) => Trouble::Passing(fault),
            (false, _, _) => Trouble::Lasting(fault),
        }));
    }
    let faults = contract.check_output(&response);
    if !faults.is_empty() {
        return Ok(Err(Trouble::Lasting(
            Fault::new(Code::ToolBadAnswer).about(&contract.contract.id).fields(faults).at(id),
        )));
    }
    let products = match contract.products(&response) {
        Ok(products) => products,
        Err(key) => {
            let fault = Fault::new(Code::ToolBadAnswer)
                .detail(format!("the answer holds no `{key}`"), format!("답에 `{key}`가 없어요"))
                .at(id);
            return Ok(Err(Trouble::Lasting(fault)));
        }
    };
    let program = turn.program()?;
    // A call that an agent named is held to its contract only.
    let node = if called_by(id).is_some() { None } else { program.node_of(id) };
    if let Some(success) = node.and_then(|node| node.success.as_ref()) {
        let mut output = response.as_ref().clone();
        if let Value::Object(object) = &mut output {
            object.extend(products.clone());
        }
        let view = turn.view(Some(&program), id).with("response", response.as_ref().clone()).with("output", output);
        if !matches!(view.holds(success)?, Ok(true)) {
            let fault = Fault::new(Code::StepFailed)
                .detail("the step's criterion of success does not hold", "단계의 성공 기준에 맞지 않아요")
                .at(id);
            return Ok(Err(Trouble::Lasting(fault)));
        }
    }
    Ok(Ok((products.into_iter().collect(), untrusted)))
}

fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::NetworkFailed
            | Code::ToolTimeout
            | Code::ModelUnreachable
            | Code::ModelBadAnswer
            | Code::StoreUnavailable
            | Code::Overloaded
    )
}

fn retry_of(turn: &Turn<'_, '_>, id: &str, contract: &Compiled) -> Retry {
    let is_call = called_by(id).is_some();
    let own =
        turn.program.as_ref().and_then(|p| p.node_of(id)).filter(|_| !is_call).and_then(|node| node.retry.clone());
    own.unwrap_or_else(|| contract.contract.retry.clone())
}

fn handle(
    turn: &mut Turn<'_, '_>,
    id: &str,
    contract: &Arc<Compiled>,
    outcome: &Outcome,
    trouble: Trouble,
) -> Result<(), Refusal> {
    let retry = retry_of(turn, id, contract);
    match trouble {
        Trouble::Lasting(fault) => schedule::fail(turn, id, fault),
        Trouble::Passing(fault) => again(turn, id, &retry, outcome, fault, false),
        Trouble::Ambiguous(fault) => match &contract.contract.idempotency {
            Idempotency::Natural | Idempotency::Key { .. } => again(turn, id, &retry, outcome, fault, false),
            Idempotency::None { reconcile: Some(_) } => again(turn, id, &retry, outcome, fault, true),
            Idempotency::None { reconcile: None } => {
                turn.emit(Event::StepInDoubt { step: id.to_owned(), error: fault });
                Ok(())
            }
        },
    }
}

/// Another attempt later, unless the attempts are used up.
pub(super) fn again(
    turn: &mut Turn<'_, '_>,
    id: &str,
    retry: &Retry,
    outcome: &Outcome,
    fault: Fault,
    reconcile: bool,
) -> Result<(), Refusal> {
    let attempt = turn.run.steps.get(id).map_or(0, |s| s.attempt);
    if attempt >= retry.attempts {
        if reconcile {
            turn.emit(Event::StepInDoubt { step: id.to_owned(), error: fault });
            return Ok(());
        }
        return schedule::fail(turn, id, fault);
    }
    let wait = backoff_ms(retry, attempt, &mut turn.chance).max(outcome.retry_after_ms.unwrap_or(0));
    let at = turn.now.plus_millis(wait);
    turn.emit(Event::StepRetry { step: id.to_owned(), attempt, at, reconcile, error: fault });
    if schedule::is_dead(turn, id) {
        turn.emit(Event::StepCancelled { step: id.to_owned() });
    }
    Ok(())
}

/// The answer to "did it already happen?".
fn reconciled(turn: &mut Turn<'_, '_>, id: &str, contract: &Arc<Compiled>, outcome: &Outcome) -> Result<(), Refusal> {
    let retry = retry_of(turn, id, contract);
    if let Some(fault) = &outcome.fault {
        return again(turn, id, &retry, outcome, fault.clone(), true);
    }
    let step = turn.run.steps.get(id).cloned().unwrap_or_default();
    let response = turn.load(&outcome.output)?;
    let input = match &step.payload {
        Some(stored) => turn.load(stored)?,
        None => Arc::new(Value::Null),
    };
    let since = step.since.unwrap_or(turn.run.created_at);
    match contract.found(&response, &input, since) {
        Ok(Some(output)) => match contract.products(&output) {
            Ok(products) => {
                let untrusted = contract.contract.trust == metel_model::contract::Trust::Untrusted;
                let stored = turn.store(output).map_err(Refusal::Fault)?;
                schedule::succeed_with(turn, id, Some(stored), products.into_iter().collect(), Vec::new(), untrusted)
            }
            Err(key) => {
                let fault = Fault::new(Code::ToolBadAnswer)
                    .about(format!("it happened, but the answer holds no `{key}`"))
                    .at(id);
                turn.emit(Event::StepInDoubt { step: id.to_owned(), error: fault });
                Ok(())
            }
        },
        // It has not happened: send it again, at once but as another attempt.
        Ok(None) => {
            let fault = step.error.unwrap_or_else(|| Fault::new(Code::ToolFailed).at(id));
            again(turn, id, &retry, outcome, fault, false)
        }
        Err(error) => again(turn, id, &retry, outcome, Fault::new(Code::ExpressionFailed).about(error).at(id), true),
    }
}

fn agent(turn: &mut Turn<'_, '_>, id: &str, outcome: &Outcome) -> Result<(), Refusal> {
    match &outcome.fault {
        None if super::agents::has_tools(turn, id)? => super::conversation::replied(turn, id, outcome),
        None => {
            let untrusted = super::agents::reads_untrusted(turn, id)?;
            schedule::succeed(turn, id, None, Vec::new(), untrusted)
        }
        Some(fault) if is_passing(fault.code) || outcome.retry_after_ms.is_some() => {
            again(turn, id, &Retry { attempts: 3, ..Retry::default() }, outcome, fault.clone(), false)
        }
        Some(fault) => schedule::fail(turn, id, fault.clone()),
    }
}

/// A reply that is neither an answer nor names calls.
pub(super) fn misanswered(turn: &mut Turn<'_, '_>, id: &str, outcome: &Outcome) -> Result<(), Refusal> {
    let (en, ko) = ("neither an answer nor calls", "답도 도구 호출도 없는 응답이에요");
    let fault = Fault::new(Code::ModelBadAnswer).detail(en, ko).at(id);
    again(turn, id, &Retry { attempts: 3, ..Retry::default() }, outcome, fault, false)
}

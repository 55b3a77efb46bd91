//! Envelopes in a run: what the plan would do is proposed, a person seals it, and calls within it pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use metel_model::Code;
use metel_model::approval::{Channel, Decision};
use metel_model::envelope::{CALLS_MAX, Envelope};
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::policy::{PolicyEffect, Verdict};
use metel_model::run::Run;
use metel_model::status::{Risk, StepStatus, WaitingFor};
use metel_model::time::Micros;
use serde_json::Value;

use super::scope::pinned;
use super::tool::approval_digest;
use super::turn::{Env, Refusal, Turn};
use crate::approvers;
use crate::contract::Compiled;
use crate::envelope::{Action, amount_micros, covers, wants_exact};
use crate::graph::Kind;
use crate::policy;
use crate::refs::Template;

/// How long a proposed envelope holds.
const HOLDS_MS: u64 = 24 * 60 * 60 * 1_000;

/// An envelope that would cover what is known of a plan, and what it leaves open.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    pub envelope: Envelope,
    /// Steps that will ask all the same, because what they send is not known yet.
    pub open: Vec<String>,
}

/// What an envelope over the rest of a run would hold. `None` where nothing can be covered.
pub fn propose(run: &Run, env: &Env<'_>, now: Micros) -> Option<Proposed> {
    let workflow = run.workflow?;
    let program = env.library.program(&workflow)?;
    let until = now.plus_millis(HOLDS_MS);
    let mut envelope = Envelope {
        run: run.id,
        workflow,
        tools: BTreeSet::new(),
        recipients: BTreeSet::new(),
        amount_micros: None,
        calls: 0,
        exact: BTreeSet::new(),
        until,
    };
    let mut open = Vec::new();
    for node in &program.nodes {
        let Kind::Tool { tool, args, .. } = &node.kind else { continue };
        let Some(contract) = pinned(run, env.library, tool).filter(|c| c.contract.is_consequential()) else { continue };
        if run.steps.get(&node.id).is_some_and(|step| step.status.is_final()) {
            continue;
        }
        let waiting = run.steps.get(&node.id).and_then(|step| step.payload.as_ref()).and_then(|stored| stored.value());
        let payload = match (waiting, args) {
            (Some(payload), _) => Some(payload.clone()),
            (None, Template::Literal(value)) => {
                let mut payload = value.clone();
                contract.strip(&mut payload);
                contract.check_input(&payload).is_empty().then_some(payload)
            }
            _ => None,
        };
        let many = node.parent.is_some();
        let known = payload.filter(|_| !many).and_then(|payload| {
            let digest = approval_digest(run, &contract.contract, &payload).ok()?;
            Some((judged(run, env, &contract, &payload, now), payload, digest))
        });
        let Some((verdict, payload, digest)) = known else {
            if contract.contract.has_risk(Risk::Destructive) || contract.contract.has_risk(Risk::Financial) || many {
                open.push(node.id.clone());
                continue;
            }
            // Its text is filled in later; whom it reaches has to be known now.
            let receiver =
                contract.contract.audience.as_ref().and_then(|audience| literal_member(args, &audience.field));
            match (receiver, &contract.contract.audience) {
                (Some(receiver), _) => drop(envelope.recipients.insert(receiver)),
                (None, Some(_)) => {
                    open.push(node.id.clone());
                    continue;
                }
                (None, None) => {}
            }
            envelope.tools.insert(tool.clone());
            envelope.calls += 1;
            continue;
        };
        if verdict.effect == PolicyEffect::Deny {
            continue;
        }
        // Certain people decide about it, one by one.
        if !verdict.needs.is_empty() || run.steps.get(&node.id).is_some_and(|step| !step.needs.is_empty()) {
            open.push(node.id.clone());
            continue;
        }
        envelope.tools.insert(tool.clone());
        envelope.calls += 1;
        // A question that waits is answered for what it shows.
        let waits = run.steps.get(&node.id).is_some_and(|step| step.approval.is_some());
        if wants_exact(&contract.contract, &verdict) || waits {
            envelope.exact.insert(digest);
            continue;
        }
        envelope.recipients.extend(policy::receivers(&contract, &payload).into_iter().map(str::to_owned));
        envelope.amount_micros = envelope.amount_micros.max(amount_micros(&payload));
    }
    (envelope.calls > 0).then_some(Proposed { envelope, open })
}

fn literal_member(args: &Template, field: &str) -> Option<String> {
    let Template::Object(members) = args else { return None };
    members.iter().find(|(name, _)| name == field).and_then(|(_, value)| match value {
        Template::Literal(Value::String(text)) => Some(text.clone()),
        _ => None,
    })
}

fn judged(run: &Run, env: &Env<'_>, contract: &Compiled, payload: &Value, now: Micros) -> Verdict {
    policy::evaluate(&policy::Case { contract, payload, untrusted: &[], requester: &run.by, now, facts: env.facts })
}

/// A person seals an envelope. It counts for this run, this workflow and these very bounds.
pub(super) fn seal(
    turn: &mut Turn<'_, '_>,
    envelope: Envelope,
    digest: Digest,
    by: String,
    channel: Channel,
) -> Result<(), Refusal> {
    let wrong = |en: &str, ko: &str| Refusal::from(Fault::new(Code::FieldInvalid).detail(en, ko).at("envelope"));
    if !approvers::is_person(&by) {
        return Err(Fault::new(Code::ApprovalForbidden)
            .detail("only a person approves", "사람만 승인할 수 있어요")
            .into());
    }
    if envelope.digest().ok() != Some(digest) {
        return Err(Fault::new(Code::ApprovalStale).about("envelope").into());
    }
    if envelope.run != turn.run.id || turn.run.workflow != Some(envelope.workflow) {
        return Err(Fault::new(Code::ApprovalStale).about("envelope").into());
    }
    if envelope.until <= turn.now {
        return Err(Fault::new(Code::ApprovalExpired).about("envelope").into());
    }
    if envelope.calls == 0 || envelope.calls > CALLS_MAX || envelope.tools.is_empty() {
        return Err(wrong("it covers no call, or too many", "덮는 호출이 없거나 너무 많아요"));
    }
    let pays =
        |tool: &String| pinned(turn.run, turn.env.library, tool).is_some_and(|c| c.contract.has_risk(Risk::Financial));
    if envelope.tools.iter().any(pays) && turn.env.facts.approvers >= 2 && by == turn.run.by {
        return Err(Fault::new(Code::ApprovalForbidden)
            .detail("whoever asked for a payment cannot approve it", "결제를 요청한 사람은 스스로 승인할 수 없어요")
            .into());
    }
    turn.emit(Event::EnvelopeSealed { envelope: Box::new(envelope), digest, by: by.clone(), channel });
    answer_waiting(turn, &by, channel)
}

/// Questions that the envelope covers are answered by it.
fn answer_waiting(turn: &mut Turn<'_, '_>, by: &str, channel: Channel) -> Result<(), Refusal> {
    let waiting: Vec<String> = turn
        .run
        .steps
        .iter()
        .filter(|(_, step)| step.status == StepStatus::Waiting && step.waiting == Some(WaitingFor::Approval))
        .map(|(id, _)| id.clone())
        .collect();
    for id in waiting {
        let Some(step) = turn.run.steps.get(&id) else { continue };
        let (Some(pending), Some(stored)) = (step.approval.clone(), step.payload.clone()) else { continue };
        if !step.needs.is_empty() {
            continue;
        }
        let tool = turn.program.as_ref().and_then(|program| match &program.node_of(&id)?.kind {
            Kind::Tool { tool, .. } => Some(tool.clone()),
            _ => None,
        });
        let Some(contract) = tool.and_then(|tool| pinned(turn.run, turn.env.library, &tool)) else { continue };
        let payload = turn.load(&stored)?.as_ref().clone();
        // What outsiders wrote was told when it was asked and is not known any more: only exact payloads pass.
        let exact = turn.run.envelope.as_ref().is_some_and(|sealed| sealed.envelope.exact.contains(&pending.digest));
        let verdict = judged(turn.run, turn.env, &contract, &payload, turn.now);
        if pending.expires_at <= turn.now || !exact || !is_covered(turn, &contract, &payload, &verdict) {
            continue;
        }
        turn.emit(Event::ApprovalDecided {
            approval: pending.id,
            step: id.clone(),
            decision: Decision::Approve { all_like_this: false },
            digest: pending.digest,
            by: by.to_owned(),
            channel,
            grant: None,
        });
        turn.emit(Event::EnvelopeUsed { step: id.clone(), digest: pending.digest });
        turn.queue.push_back(id);
    }
    Ok(())
}

fn is_covered(turn: &Turn<'_, '_>, contract: &Arc<Compiled>, payload: &Value, verdict: &Verdict) -> bool {
    // A fork's past may hold an envelope; it was another run's.
    let Some(sealed) = turn.run.envelope.as_deref().filter(|sealed| sealed.envelope.run == turn.run.id) else {
        return false;
    };
    let Ok(digest) = approval_digest(turn.run, &contract.contract, payload) else { return false };
    covers(sealed, &Action { contract, payload, digest, verdict, now: turn.now }).is_ok()
}

/// Notes that a call is within the envelope, if it is.
pub(super) fn lets_pass(
    turn: &mut Turn<'_, '_>,
    step: &str,
    contract: &Arc<Compiled>,
    payload: &Value,
    verdict: &Verdict,
) -> bool {
    if !is_covered(turn, contract, payload, verdict) {
        return false;
    }
    let Ok(digest) = approval_digest(turn.run, &contract.contract, payload) else { return false };
    turn.emit(Event::EnvelopeUsed { step: step.to_owned(), digest });
    true
}

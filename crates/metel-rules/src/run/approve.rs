//! Approvals: a gate asks, a person decides, the payload that was decided on is the one that goes.

use std::sync::Arc;

use metel_model::Code;
use metel_model::approval::{Ask, Channel, Decision};
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::id::ApprovalId;
use metel_model::json;
use metel_model::lang::Text;
use metel_model::policy::{Need, PolicyEffect, Verdict};
use metel_model::run::{Grant, Step};
use metel_model::status::{Risk, StepStatus, WaitingFor};
use serde_json::{Value, json};

use super::schedule;
use super::scope::pinned;
use super::turn::{Refusal, Turn};
use crate::approvers::{self, Panel};
use crate::graph::{Kind, PNode, Program};

const GATE_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// A `human_gate` asks to go on.
pub(super) fn gate(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Gate { title, show, expires_ms } = &node.kind else { return Ok(()) };
    if turn.run.steps.get(step).is_some_and(|s| s.approved.is_some()) {
        let decided = turn.run.steps.get(step).and_then(|s| s.payload.clone());
        // A yes to go on does not vouch for whatever was shown.
        let untrusted = match show {
            Some(template) => schedule::resolve(turn, program, step, template)?.is_ok_and(|r| !r.untrusted.is_empty()),
            None => false,
        };
        return schedule::succeed(turn, step, decided, Vec::new(), untrusted);
    }
    let shown = match show {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => json!({}),
    };
    let Ok(text) = json::canonical(&shown) else {
        return schedule::fail(turn, step, Fault::new(Code::PayloadInvalid).at(step));
    };
    let digest = Digest::of_parts(&[b"gate", step.as_bytes(), text.as_bytes(), turn.run.id.as_bytes()]);
    let payload = match turn.store(shown) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let id = ApprovalId(turn.chance.uuid());
    let verdict = Verdict {
        effect: PolicyEffect::Approval,
        rule: "workflow.gate".to_owned(),
        reasons: vec![Text::new(
            "the workflow asks for a person here",
            "워크플로가 여기서 사람의 승인을 받도록 되어 있어요",
        )],
        pii: Vec::new(),
        untrusted: Vec::new(),
        origins: std::collections::BTreeMap::new(),
        outside: false,
        needs: Vec::new(),
        driven: false,
    };
    let expires_at = turn.now.plus_millis(expires_ms.unwrap_or(GATE_MS));
    let title = title.clone().unwrap_or_else(|| node.label.clone());
    turn.emit(Event::ApprovalRequested {
        ask: Box::new(Ask {
            id,
            step: step.to_owned(),
            digest,
            tool: None,
            version: None,
            title,
            payload,
            risk: Vec::new(),
            verdict,
            undo: None,
            expires_at,
        }),
    });
    Ok(())
}

/// A person decides. It counts only for the payload that was shown, once, by somebody who may.
pub(super) fn decide(
    turn: &mut Turn<'_, '_>,
    approval: ApprovalId,
    digest: Digest,
    decision: Decision,
    by: String,
    channel: Channel,
) -> Result<(), Refusal> {
    let found = turn.run.steps.iter().find(|(_, step)| {
        step.status == StepStatus::Waiting
            && step.waiting == Some(WaitingFor::Approval)
            && step.approval.as_ref().is_some_and(|a| a.id == approval)
    });
    let Some((id, step)) = found else { return Err(Fault::new(Code::ApprovalGone).about(approval).into()) };
    let id = id.clone();
    let pending = step.approval.clone().ok_or(Refusal::Stale)?;
    if pending.digest != digest {
        return Err(Fault::new(Code::ApprovalStale).about(approval).into());
    }
    if pending.expires_at <= turn.now {
        return Err(Fault::new(Code::ApprovalExpired).about(approval).into());
    }
    let (needs, voters) = (step.needs.clone(), voters(step, digest));
    let hearing = step.hearing.clone().filter(|hearing| hearing.approval == approval);
    let groups = &turn.env.facts.groups;
    let panel = Panel { needs: &needs, requester: &turn.run.by, groups, hearing: hearing.as_deref() };
    admit(&panel, &voters, &by, &decision)?;
    let stored = step.payload.clone().unwrap_or_default();
    let contract = contract_of(turn, &id);
    if let Some(contract) = &contract {
        let money = contract.contract.has_risk(Risk::Financial);
        let asks = matches!(decision, Decision::Reject { .. });
        if money && !asks && turn.env.facts.approvers >= 2 && by == turn.run.by {
            return Err(Fault::new(Code::ApprovalForbidden)
                .detail("whoever asked for a payment cannot approve it", "결제를 요청한 사람은 스스로 승인할 수 없어요")
                .into());
        }
    }
    match decision {
        Decision::Reject { reason } => {
            let said = reason.clone().unwrap_or_default();
            turn.emit(Event::ApprovalDecided {
                approval,
                step: id.clone(),
                decision: Decision::Reject { reason },
                digest,
                by,
                channel,
                grant: None,
            });
            let mut fault = Fault::new(Code::ApprovalRejected).at(&id);
            if !said.is_empty() {
                fault = fault.about(said);
            }
            schedule::fail(turn, &id, fault)
        }
        Decision::Approve { .. }
            if !panel.wanting(voters.iter().map(String::as_str).chain([by.as_str()])).is_empty() =>
        {
            turn.emit(Event::ApprovalVoted { approval, step: id, digest, by, channel });
            Ok(())
        }
        Decision::Approve { all_like_this } => {
            let grant = match (all_like_this, &contract) {
                (true, Some(contract)) => Some(grant_of(contract, turn.load(&stored)?.as_ref())),
                _ => None,
            };
            turn.emit(Event::ApprovalDecided {
                approval,
                step: id.clone(),
                decision: Decision::Approve { all_like_this },
                digest,
                by,
                channel,
                grant,
            });
            turn.queue.push_back(id);
            Ok(())
        }
        Decision::Edit { payload } => edited(turn, &id, approval, contract, payload, by, channel),
        Decision::Mask {} => {
            let mut payload = turn.load(&stored)?.as_ref().clone();
            crate::pii::mask_value(&mut payload);
            edited(turn, &id, approval, contract, payload, by, channel)
        }
    }
}

/// Those who have approved this very payload.
fn voters(step: &Step, digest: Digest) -> Vec<String> {
    step.votes.iter().filter(|vote| vote.digest == digest).map(|vote| vote.by.clone()).collect()
}

/// Whether somebody's word counts here: a person's, of those whom the policy names, once.
fn admit(panel: &Panel<'_>, voters: &[String], by: &str, decision: &Decision) -> Result<(), Refusal> {
    if !approvers::is_person(by) {
        return Err(Fault::new(Code::ApprovalForbidden)
            .detail("only a person approves", "사람만 승인할 수 있어요")
            .into());
    }
    match decision {
        Decision::Reject { .. } => panel.admit_no(by)?,
        Decision::Approve { all_like_this: true } if !panel.needs.is_empty() => {
            return Err(Fault::new(Code::ApprovalForbidden)
                .detail("the policy asks about each of these", "정책이 이런 일은 하나씩 승인받게 해 두었어요")
                .hint("Approve this one alone.", "이 건만 승인해 주세요.")
                .into());
        }
        Decision::Approve { .. }
            if voters.iter().any(|voter| approvers::is_same(voter, by))
                && !panel.wanting(voters.iter().map(String::as_str)).is_empty() =>
        {
            return Err(Fault::new(Code::ApprovalCounted).about(by).into());
        }
        Decision::Approve { .. } => panel.admit(by, voters.iter().map(String::as_str))?,
        // Another payload begins anew.
        Decision::Edit { .. } | Decision::Mask {} => panel.admit(by, std::iter::empty())?,
    }
    Ok(())
}

/// Whether everybody has approved this payload who has to. What was settled when they decided stays so; what the
/// policy needs since then, or of another payload, is counted now.
pub(super) fn is_met(turn: &Turn<'_, '_>, step: &str, verdict: &Verdict, digest: Digest) -> bool {
    let Some(state) = turn.run.steps.get(step) else { return verdict.needs.is_empty() };
    let settled = state.met && state.approved == Some(digest);
    let open: Vec<Need> = verdict.needs.iter().filter(|n| !(settled && state.needs.contains(n))).cloned().collect();
    let voters = voters(state, digest);
    let (groups, hearing) = (&turn.env.facts.groups, state.hearing.as_deref());
    let panel = Panel { needs: &open, requester: &turn.run.by, groups, hearing };
    panel.wanting(voters.iter().map(String::as_str)).is_empty()
}

/// All calls like this one: the same tool, and where it has receivers the same ones.
pub(super) fn grant_of(contract: &crate::contract::Compiled, payload: &Value) -> Grant {
    Grant { tool: contract.contract.id.clone(), audience: contract.audience(payload).map(|(_, receiver)| receiver) }
}

fn contract_of(turn: &Turn<'_, '_>, id: &str) -> Option<Arc<crate::contract::Compiled>> {
    if let Some(undo) = super::undo::of(turn.run, id) {
        return pinned(turn.run, turn.env.library, &undo.tool);
    }
    let program = turn.program.as_ref()?;
    match &program.node_of(id)?.kind {
        Kind::Tool { tool, .. } => pinned(turn.run, turn.env.library, tool),
        Kind::Agents { .. } => pinned(turn.run, turn.env.library, super::conversation::tool_of(turn.run, id)?),
        _ => None,
    }
}

/// Another payload was approved: it must fit the contract, and the approval is bound to it.
fn edited(
    turn: &mut Turn<'_, '_>,
    id: &str,
    approval: ApprovalId,
    contract: Option<Arc<crate::contract::Compiled>>,
    payload: Value,
    by: String,
    channel: Channel,
) -> Result<(), Refusal> {
    let Some(contract) = contract else {
        return Err(Fault::new(Code::FieldInvalid)
            .detail("this approval has nothing to edit", "고칠 내용이 없는 승인이에요")
            .into());
    };
    if turn.run.steps.get(id).is_some_and(|s| s.unclear) {
        return Err(Fault::new(Code::FieldInvalid)
            .detail(
                "it may have gone out already as it is: approve it or reject it",
                "이미 이대로 나갔을 수 있어요. 그대로 승인하거나 거절해 주세요",
            )
            .into());
    }
    let faults = contract.check_input(&payload);
    if !faults.is_empty() {
        return Err(Fault::new(Code::PayloadInvalid).about(&contract.contract.id).fields(faults).into());
    }
    let digest = super::tool::approval_digest(turn.run, &contract.contract, &payload)
        .map_err(|error| Fault::new(Code::PayloadInvalid).about(error))?;
    turn.emit(Event::ApprovalDecided {
        approval,
        step: id.to_owned(),
        decision: Decision::Edit { payload },
        digest,
        by,
        channel,
        grant: None,
    });
    turn.queue.push_back(id.to_owned());
    Ok(())
}

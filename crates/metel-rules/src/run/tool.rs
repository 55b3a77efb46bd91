//! A tool step: its payload is resolved, completed, checked, judged by the policy, and then intended.
//!
//! Nothing passes here with `MISSING` in it, with a field outside the schema, or without a verdict.

use std::sync::Arc;

use metel_model::Code;
use metel_model::approval::Ask;
use metel_model::contract::Contract;
use metel_model::effect::EffectKind;
use metel_model::event::Event;
use metel_model::fault::{Fault, FieldFault};
use metel_model::hash::Digest;
use metel_model::id::ApprovalId;
use metel_model::json;
use metel_model::lang::Text;
use metel_model::plan::{MISSING, MissingField};
use metel_model::policy::{PolicyEffect, Verdict};
use metel_model::run::Run;
use metel_model::stored::Stored;
use serde_json::{Map, Value, json};

use super::scope::pinned;
use super::turn::{Refusal, Turn};
use super::{asking, origins, schedule};
use crate::contract::Compiled;
use crate::graph::{Program, called_by};
use crate::policy;
use crate::refs::Template;

/// How long an approval stays open unless the policy says otherwise: one day.
const APPROVAL_MS: u64 = 24 * 60 * 60 * 1_000;

/// Where the arguments of a call come from.
pub(super) enum Args<'a> {
    /// They are resolved as seen from the step.
    Template(&'a Program, &'a Template),
    /// They were resolved before; the pointers name what outsiders may have written.
    Kept(&'a Stored, &'a [String]),
}

pub(super) fn prepare(turn: &mut Turn<'_, '_>, step: &str, tool: &str, args: Args<'_>) -> Result<(), Refusal> {
    let contract = match usable(turn, tool) {
        Ok(contract) => contract,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    if !turn.may_begin(step) {
        turn.emit(Event::StepReady { step: step.to_owned() });
        return Ok(());
    }
    let state = turn.run.steps.get(step);
    if state.is_some_and(|s| s.reconcile) {
        return reconcile(turn, step, &contract);
    }
    // A payload that was approved, edited or already tried is not resolved again.
    let settled =
        state.filter(|s| s.approved.is_some() || s.effect != Some(EffectKind::Author)).and_then(|s| s.payload.clone());
    let (payload, mut untrusted) = match &settled {
        Some(stored) => (turn.load(stored)?.as_ref().clone(), Vec::new()),
        None => match args {
            Args::Kept(stored, untrusted) => (turn.load(stored)?.as_ref().clone(), untrusted.to_vec()),
            Args::Template(program, args) => match schedule::resolve(turn, program, step, args)? {
                Ok(resolved) => (resolved.value, resolved.untrusted),
                Err(fault) => return schedule::fail(turn, step, *fault),
            },
        },
    };
    let mut payload = with_inputs(turn.run, step, payload, settled.is_some());
    if settled.is_none()
        && let Some(words) = authored(turn, step)?
    {
        origins::worded(turn.run, &payload, &words, &mut untrusted);
        fill(&mut payload, &words);
    }
    contract.strip(&mut payload);
    let open = open_fields(step, &contract.contract, &payload);
    if !open.is_empty() {
        if called_by(step).is_some() {
            return schedule::fail(turn, step, unnamed(tool, &open).at(step));
        }
        return ask(turn, step, &contract.contract, open, &payload);
    }
    let faults = contract.check_input(&payload);
    if !faults.is_empty() {
        return schedule::fail(turn, step, Fault::new(Code::PayloadInvalid).about(tool).fields(faults).at(step));
    }
    let settled = match &settled {
        Some(stored) => *turn.load(stored)? == payload,
        None => false,
    };
    origins::trace(turn, step, &payload, &mut untrusted)?;
    judge(turn, step, &contract, payload, &untrusted, settled)
}

/// The pinned contract, if it may be used now.
fn usable(turn: &Turn<'_, '_>, tool: &str) -> Result<Arc<Compiled>, Box<Fault>> {
    let contract =
        pinned(turn.run, turn.env.library, tool).ok_or_else(|| Box::new(Fault::new(Code::ToolUnknown).about(tool)))?;
    if turn.env.facts.disabled.iter().any(|off| off == tool) {
        return Err(Box::new(Fault::new(Code::ToolDisabled).about(tool)));
    }
    Ok(contract)
}

/// Values that people gave for this step go over what the plan says; in a payload that was decided on
/// they only fill what it leaves open.
fn with_inputs(run: &Run, step: &str, mut payload: Value, settled: bool) -> Value {
    if let Value::Object(object) = &mut payload {
        let prefix = format!("{step}.");
        for (key, value) in &run.inputs {
            if let Some(field) = key.strip_prefix(&prefix)
                && (!settled || object.get(field).is_some_and(is_missing))
            {
                object.insert(field.to_owned(), value.clone());
            }
        }
    }
    payload
}

/// What a model worded for this step, if it was asked.
fn authored(turn: &Turn<'_, '_>, step: &str) -> Result<Option<Map<String, Value>>, Refusal> {
    let Some(state) = turn.run.steps.get(step).filter(|s| s.effect == Some(EffectKind::Author)) else {
        return Ok(None);
    };
    let Some(output) = &state.output else { return Ok(Some(Map::new())) };
    Ok(Some(turn.load(output)?.as_object().cloned().unwrap_or_default()))
}

fn fill(payload: &mut Value, words: &Map<String, Value>) {
    if let Value::Object(object) = payload {
        for (field, value) in words {
            let open = object.get(field).is_none_or(is_missing);
            if open && !is_missing(value) {
                object.insert(field.clone(), value.clone());
            }
        }
    }
}

pub(super) fn is_missing(value: &Value) -> bool {
    match value {
        Value::String(text) => text == MISSING,
        Value::Array(items) => items.iter().any(is_missing),
        Value::Object(members) => members.values().any(is_missing),
        _ => false,
    }
}

/// Fields that are required and not there, or that say `MISSING`.
fn open_fields(step: &str, contract: &Contract, payload: &Value) -> Vec<MissingField> {
    let empty = Map::new();
    let object = payload.as_object().unwrap_or(&empty);
    let properties = contract.input_schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required: Vec<&str> = contract
        .input_schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    properties
        .iter()
        .filter(|(name, _)| match object.get(name.as_str()) {
            Some(value) => is_missing(value),
            None => required.contains(&name.as_str()),
        })
        .map(|(name, schema)| MissingField {
            action: step.to_owned(),
            field: name.clone(),
            title: question(name, schema),
            schema: schema.clone(),
            candidates: Vec::new(),
        })
        .collect()
}

/// What an agent left out of a call that it named; it is told, and may name it again.
fn unnamed(tool: &str, open: &[MissingField]) -> Fault {
    let faults = open
        .iter()
        .map(|open| FieldFault::new(format!("/{}", open.field), "a value is required here", "값이 있어야 해요"));
    Fault::new(Code::PayloadInvalid).about(tool).fields(faults.collect())
}

fn question(name: &str, schema: &Value) -> Text {
    if let Some(ask) = schema.get("x-ask")
        && let Ok(text) = serde_json::from_value::<Text>(ask.clone())
    {
        return text;
    }
    Text::both(schema.get("title").and_then(Value::as_str).unwrap_or(name))
}

/// First a model may word what it may word; then the person is asked for the rest.
fn ask(
    turn: &mut Turn<'_, '_>,
    step: &str,
    contract: &Contract,
    open: Vec<MissingField>,
    payload: &Value,
) -> Result<(), Refusal> {
    let tried = turn.run.steps.get(step).is_some_and(|s| s.effect == Some(EffectKind::Author));
    let wordable = |field: &MissingField| field.schema.get("x-author") == Some(&Value::Bool(true));
    if turn.env.facts.model && !tried && turn.run.request.is_some() && open.iter().any(wordable) {
        let fields: Vec<&str> = open.iter().filter(|f| wordable(f)).map(|f| f.field.as_str()).collect();
        let work = json!({ "tool": contract.id, "fields": fields, "payload": payload });
        let stored = turn.store(work).map_err(Refusal::Fault)?;
        return intend(turn, step, EffectKind::Author, &contract.id, Some(stored), None);
    }
    turn.emit(Event::InputRequested { step: step.to_owned(), fields: open });
    Ok(())
}

fn judge(
    turn: &mut Turn<'_, '_>,
    step: &str,
    contract: &Arc<Compiled>,
    payload: Value,
    untrusted: &[String],
    settled: bool,
) -> Result<(), Refusal> {
    let unfit = |error| Fault::new(Code::PayloadInvalid).about(error).at(step);
    if let Err(error) = json::check_canonical(&payload) {
        return schedule::fail(turn, step, unfit(error));
    }
    let judged = asking::judge(turn, step, contract, &payload)?;
    let traced = judged.as_ref().map(crate::asked::Judgement::untrusted);
    let untrusted = traced.as_deref().unwrap_or(untrusted);
    let case = policy::Case {
        contract,
        payload: &payload,
        untrusted,
        requester: &turn.run.by,
        now: turn.now,
        facts: turn.env.facts,
    };
    let mut verdict = policy::evaluate(&case);
    if verdict.effect == PolicyEffect::Approval {
        verdict.origins = origins::of(turn, step, &payload, untrusted);
    }
    if let Some(judged) = judged {
        asking::strengthen(&mut verdict, judged);
    }
    let digest = approval_digest(turn.run, &contract.contract, &payload).ok();
    let of_this = |decided| digest == Some(decided);
    // What was needed when it was asked is needed still: who wrote what may be known no more.
    let asked = turn.run.steps.get(step).map(|s| s.needs.clone()).unwrap_or_default();
    crate::approvers::add_needs(&mut verdict.needs, asked);
    let approved = turn.run.steps.get(step).and_then(|s| s.approved).is_some_and(of_this)
        && digest.is_some_and(|digest| super::approve::is_met(turn, step, &verdict, digest));
    let granted = policy::is_grantable(&contract.contract, &verdict)
        && turn.run.grants.contains(&super::approve::grant_of(contract, &payload));
    let mut stood = false;
    match verdict.effect {
        PolicyEffect::Deny => {
            let code = policy::code_of(&verdict.rule);
            let mut fault = Fault::new(code).at(step);
            if let Some(reason) = verdict.reasons.first() {
                fault = fault.detail(reason.en.clone(), reason.ko.clone());
            }
            if let Some(hint) = policy::remedy(&verdict.rule, &contract.contract, turn.env.facts) {
                fault = fault.hint(hint.en, hint.ko);
            }
            schedule::fail(turn, step, fault)
        }
        // Nothing but people's votes lets pass what certain people have to approve.
        _ if !approved && !verdict.needs.is_empty() => request(turn, step, contract, payload, verdict),
        PolicyEffect::Approval
            if !approved
                && !granted
                && (verdict.driven
                    || !super::envelope::lets_pass(turn, step, contract, &payload, &verdict) && {
                        stood = super::standing::lets_pass(turn, step, contract, &payload, &verdict, verdict.driven);
                        !stood
                    }) =>
        {
            request(turn, step, contract, payload, verdict)
        }
        _ => {
            let passed = turn.run.steps.get(step).and_then(|s| s.approved).is_some_and(of_this);
            let rule = match (approved, passed) {
                (true, _) => "approved".to_owned(),
                _ if stood => "standing".to_owned(),
                (false, true) => "envelope".to_owned(),
                _ => verdict.rule,
            };
            let stored = if settled {
                None
            } else {
                match turn.store(payload) {
                    Ok(stored) => Some(stored),
                    Err(fault) => return schedule::fail(turn, step, *fault),
                }
            };
            intend(turn, step, EffectKind::Tool, &contract.contract.id, stored, Some(rule))
        }
    }
}

fn request(
    turn: &mut Turn<'_, '_>,
    step: &str,
    contract: &Arc<Compiled>,
    payload: Value,
    verdict: Verdict,
) -> Result<(), Refusal> {
    let digest = match approval_digest(turn.run, &contract.contract, &payload) {
        Ok(digest) => digest,
        Err(error) => return schedule::fail(turn, step, Fault::new(Code::PayloadInvalid).about(error).at(step)),
    };
    let id = ApprovalId(turn.chance.uuid());
    let expires = turn.env.facts.policy.approval_expires_ms.unwrap_or(APPROVAL_MS);
    let payload = match turn.store(payload) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    turn.emit(Event::ApprovalRequested {
        ask: Box::new(Ask {
            id,
            step: step.to_owned(),
            digest,
            tool: Some(contract.contract.id.clone()),
            version: Some(contract.contract.version.clone()),
            title: contract.contract.title.clone(),
            payload,
            risk: contract.contract.risk.clone(),
            verdict,
            undo: contract.contract.undo.clone(),
            expires_at: turn.now.plus_millis(expires),
        }),
    });
    Ok(())
}

/// What an approval is bound to: tool, version, exact arguments, run.
pub(crate) fn approval_digest(run: &Run, contract: &Contract, payload: &Value) -> Result<Digest, json::CanonError> {
    let payload = json::canonical(payload)?;
    Ok(Digest::of_parts(&[contract.id.as_bytes(), contract.version.as_bytes(), payload.as_bytes(), run.id.as_bytes()]))
}

/// The read that tells whether the call already happened.
fn reconcile(turn: &mut Turn<'_, '_>, step: &str, contract: &Arc<Compiled>) -> Result<(), Refusal> {
    let target = contract.contract.id.clone();
    intend(turn, step, EffectKind::Reconcile, &target, None, None)
}

/// Commits to an effect; a worker will carry it out.
pub(super) fn intend(
    turn: &mut Turn<'_, '_>,
    step: &str,
    kind: EffectKind,
    target: &str,
    payload: Option<Stored>,
    rule: Option<String>,
) -> Result<(), Refusal> {
    let (n, group) = turn.run.steps.get(step).map_or((1, 0), |s| (s.intent + 1, s.group));
    turn.starts = turn.starts.saturating_sub(1);
    #[cfg(any(test, feature = "altered"))]
    let rule = super::altered::rule(turn.run.steps.values().filter(|s| s.intent > 0).count(), rule);
    turn.emit(Event::EffectIntended {
        step: step.to_owned(),
        n,
        kind,
        target: target.to_owned(),
        payload,
        key: super::key_of(turn.run.id, step, group),
        rule,
    });
    Ok(())
}

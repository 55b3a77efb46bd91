//! An agent that may use tools: it is asked, names calls, is shown what came of them, and is asked again,
//! until it answers. What it names are proposals: each becomes a step of its own, under contract, policy
//! and approval like any other, and its failure is something that the agent is told, not the run's end.
//!
//! A call of a tool that the node does not list is refused, and so is the same call a fourth time.

use metel_model::Code;
use metel_model::contract::Trust;
use metel_model::conversation::{CALLS_MAX, Called, Conversation, Link, Returned, SAME_MAX};
use metel_model::effect::Outcome;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::json;
use metel_model::run::Run;
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use serde_json::{Value, json};

use super::observe::misanswered;
use super::scope::pinned;
use super::turn::{Refusal, Turn};
use super::{agents, laws, schedule, tool};
use crate::graph::{Kind, call_step, called_by};

/// The contract that a call's step is of.
pub(super) fn tool_of<'r>(run: &'r Run, step: &str) -> Option<&'r str> {
    Some(call_of(run, step)?.tool.as_str())
}

fn call_of<'r>(run: &'r Run, step: &str) -> Option<&'r Called> {
    let (agent, round, place) = called_by(step)?;
    let conversation = run.steps.get(agent)?.conversation.as_deref()?;
    (conversation.round == round).then_some(conversation.calls.get(place.checked_sub(1)? as usize)?)
}

/// The agent replied: with an answer, or with calls.
pub(super) fn replied(turn: &mut Turn<'_, '_>, step: &str, outcome: &Outcome) -> Result<(), Refusal> {
    let reply = turn.load(&outcome.output)?;
    if let Some(answer) = reply.get("answer") {
        let conversation = turn.run.steps.get(step).and_then(|s| s.conversation.as_deref());
        let untrusted = conversation.is_some_and(|c| c.untrusted) || agents::reads_untrusted(turn, step)?;
        return match turn.store(answer.clone()) {
            Ok(stored) => schedule::succeed(turn, step, Some(stored), Vec::new(), untrusted),
            Err(fault) => schedule::fail(turn, step, *fault),
        };
    }
    let named = reply.get("calls").and_then(Value::as_array).filter(|calls| !calls.is_empty());
    let Some(named) = named else { return misanswered(turn, step, outcome) };
    let program = turn.program()?;
    let Some(Kind::Agents { tools, rounds, .. }) = program.node_of(step).map(|node| &node.kind) else {
        return Err(Refusal::Stale);
    };
    let before = turn.run.steps.get(step).and_then(|s| s.conversation.as_deref()).cloned().unwrap_or_default();
    if before.round >= *rounds {
        let fault = Fault::new(Code::LimitExceeded)
            .detail(
                format!("the agent has no answer after {rounds} rounds of calls"),
                format!("에이전트가 도구를 {rounds}번 쓰고도 답을 내지 못했어요"),
            )
            .at(step);
        return schedule::fail(turn, step, fault);
    }
    let mut now = before.clone();
    let mut calls = Vec::with_capacity(named.len().min(CALLS_MAX));
    for call in named.iter().take(CALLS_MAX) {
        let called = judged(turn, tools, &now, call);
        counted(&mut now, std::slice::from_ref(&called));
        calls.push(called);
    }
    let round = before.round + 1;
    let open: Vec<String> = (1..)
        .zip(&calls)
        .filter(|(_, call)| call.refused.is_none())
        .map(|(place, _)| call_step(step, round, place))
        .collect();
    turn.emit(Event::CallsNamed { step: step.to_owned(), round, calls });
    if open.is_empty() {
        return returned(turn, step);
    }
    turn.queue.extend(open);
    Ok(())
}

/// Whether a call is carried out.
fn judged(turn: &mut Turn<'_, '_>, tools: &[String], conversation: &Conversation, call: &Value) -> Called {
    let tool: String = call.get("tool").and_then(Value::as_str).unwrap_or_default().chars().take(200).collect();
    let args = call.get("args").cloned().unwrap_or_else(|| json!({}));
    let is_object = args.is_object();
    let args = match turn.store(args) {
        Ok(stored) => stored,
        Err(fault) => return Called { tool, args: Stored::null(), refused: Some(*fault) },
    };
    let often = conversation.named.get(&sign(&tool, &args)).is_some_and(|times| *times >= SAME_MAX);
    let refused = if !tools.contains(&tool) {
        let (en, ko) = ("this tool was not offered", "쓸 수 있는 도구가 아니에요");
        Some(Fault::new(Code::ToolUnknown).about(&tool).detail(en, ko))
    } else if !is_object {
        let (en, ko) = ("the arguments must be an object", "인자는 객체여야 해요");
        Some(Fault::new(Code::PayloadInvalid).about(&tool).detail(en, ko))
    } else if often {
        let (en, ko) = (
            format!("the same call was made {SAME_MAX} times: try something else, or answer"),
            format!("같은 호출을 {SAME_MAX}번 했어요. 다른 방법을 쓰거나 답해 주세요"),
        );
        Some(Fault::new(Code::LimitExceeded).about(&tool).detail(en, ko))
    } else {
        None
    };
    Called { tool, args, refused }
}

/// What tells calls apart: the first half of the hash of tool and arguments.
fn sign(tool: &str, args: &Stored) -> String {
    let text = match args {
        Stored::Inline(value) => json::canonical(value).unwrap_or_default(),
        Stored::Blob { digest, .. } => digest.hex(),
    };
    let mut hex = Digest::of_parts(&[tool.as_bytes(), text.as_bytes()]).hex();
    hex.truncate(32);
    hex
}

/// Counts the calls of a round.
pub(super) fn counted(conversation: &mut Conversation, calls: &[Called]) {
    for call in calls {
        *conversation.named.entry(sign(&call.tool, &call.args)).or_default() += 1;
    }
}

/// The turn of a call has come.
pub(super) fn activate(turn: &mut Turn<'_, '_>, step: &str) -> Result<(), Refusal> {
    let Some(call) = call_of(turn.run, step).cloned() else { return Err(Refusal::Stale) };
    let untrusted = match called_by(step).and_then(|(agent, ..)| turn.run.steps.get(agent)?.conversation.as_deref()) {
        Some(conversation) if conversation.untrusted => vec![String::new()],
        _ => Vec::new(),
    };
    tool::prepare(turn, step, &call.tool, tool::Args::Kept(&call.args, &untrusted))
}

/// Whether an agent's round is under way: it is not asked before all its calls have ended.
pub(super) fn is_open(run: &Run, agent: &str) -> bool {
    let conversation = run.steps.get(agent).and_then(|step| step.conversation.as_deref());
    conversation.is_some_and(|conversation| !conversation.calls.is_empty())
}

/// The calls of an agent's open round that have not begun.
pub(super) fn due(run: &Run, agent: &str) -> Vec<String> {
    let Some(conversation) = run.steps.get(agent).and_then(|step| step.conversation.as_deref()) else {
        return Vec::new();
    };
    let calls = (1..).zip(&conversation.calls).filter(|(_, call)| call.refused.is_none());
    let ids = calls.map(|(place, _)| call_step(agent, conversation.round, place));
    ids.filter(|id| run.steps.get(id).is_none_or(|step| step.status == StepStatus::Pending)).collect()
}

/// Whether outsiders write what a tool answers.
fn is_untrusted(turn: &Turn<'_, '_>, tool: &str) -> bool {
    let contract = pinned(turn.run, turn.env.library, tool);
    contract.is_none_or(|contract| contract.contract.trust == Trust::Untrusted)
}

/// A call of the agent's round has ended: when all have, the agent is shown what came of them.
pub(super) fn returned(turn: &mut Turn<'_, '_>, agent: &str) -> Result<(), Refusal> {
    let Some(state) = turn.run.steps.get(agent).filter(|s| s.status == StepStatus::Running && s.items.is_some()) else {
        return Ok(());
    };
    let Some(conversation) = state.conversation.as_deref() else { return Ok(()) };
    let mut untrusted = conversation.untrusted;
    let mut results = Vec::with_capacity(conversation.calls.len());
    let tells = laws::asks_who(turn.run);
    for (place, call) in (1..).zip(&conversation.calls) {
        let tool = call.tool.clone();
        if let Some(fault) = &call.refused {
            results.push(Returned { tool, output: None, fault: Some(fault.clone()), untrusted: false, sent: false });
            continue;
        }
        let Some(step) = turn.run.steps.get(&call_step(agent, conversation.round, place)) else { return Ok(()) };
        match step.status {
            StepStatus::Succeeded => {
                untrusted |= step.untrusted;
                let outsiders = tells && step.untrusted;
                let output = step.output.clone();
                results.push(Returned { tool, output, fault: None, untrusted: outsiders, sent: tells });
            }
            StepStatus::Failed | StepStatus::Cancelled | StepStatus::Skipped => {
                let fault = step.error.clone().unwrap_or_else(|| Fault::new(Code::StepFailed));
                let sent = tells && step.intent > 0;
                // What a service says of a failure is its own text.
                let outsiders = sent && fault.code != Code::ApprovalRejected && is_untrusted(turn, &tool);
                untrusted |= outsiders;
                results.push(Returned { tool, output: None, fault: Some(fault), untrusted: outsiders, sent });
            }
            _ => return Ok(()),
        }
    }
    let said = state.output.clone().unwrap_or_default();
    let link = Link { prev: conversation.head, said, results };
    let text = serde_json::to_string(&link).map_err(|error| Fault::new(Code::Internal).about(error))?;
    let head = Digest::of(text.as_bytes());
    turn.keep_blob(head, text);
    turn.emit(Event::RoundEnded { step: agent.to_owned(), head, untrusted });
    turn.queue.push_back(agent.to_owned());
    Ok(())
}

//! Agents on a node: one alone, or several side by side whose answers are gathered by name.

use std::sync::Arc;

use metel_model::effect::EffectKind;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::run::Run;
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use serde_json::{Map, Value, json};

use super::tool::intend;
use super::turn::{Refusal, Turn};
use super::{conversation, schedule};
use crate::graph::{Kind, PNode, Program, called_by, split_step};

pub(super) fn activate(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
) -> Result<(), Refusal> {
    let Kind::Agents { agents, .. } = &node.kind else { return Ok(()) };
    if let [agent] = agents.as_slice() {
        return work(turn, program, node, step, agent);
    }
    turn.emit(Event::StepStarted {
        step: step.to_owned(),
        items: Some(agents.len() as u32),
        list: None,
        rounds: false,
        body: Vec::new(),
        ends: Vec::new(),
        segment: None,
    });
    // When the group is tried again, answers that are there stand.
    let mut open = false;
    for part in agents.iter().map(|agent| format!("{step}#{agent}")) {
        if turn.run.steps.get(&part).is_none_or(|s| s.status != StepStatus::Succeeded) {
            turn.queue.push_back(part);
            open = true;
        }
    }
    match agents.first() {
        Some(agent) if !open => gather(turn, node, &format!("{step}#{agent}")),
        _ => Ok(()),
    }
}

/// One agent of a group takes its turn.
pub(super) fn activate_part(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
) -> Result<(), Refusal> {
    if called_by(step).is_some() {
        return conversation::activate(turn, step);
    }
    let Some((_, agent)) = step.split_once('#') else { return Err(Refusal::Stale) };
    work(turn, program, node, step, agent)
}

fn work(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str, agent: &str) -> Result<(), Refusal> {
    let Kind::Agents { task, input, schema, tools, .. } = &node.kind else { return Ok(()) };
    // Its turn may come from its group, from a retry and from its own round: it is asked once.
    if turn.run.steps.get(step).is_some_and(|s| s.status == StepStatus::Running && s.items.is_none()) {
        return Ok(());
    }
    if conversation::is_open(turn.run, step) {
        return conversation::returned(turn, step);
    }
    if !turn.may_begin(step) {
        turn.emit(Event::StepReady { step: step.to_owned() });
        return Ok(());
    }
    if turn.run.steps.get(step).is_some_and(|s| s.payload.is_some()) {
        return intend(turn, step, EffectKind::Agent, agent, None, None);
    }
    let task = match task {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => json!({ "en": node.label.en, "ko": node.label.ko }),
    };
    let input = match input {
        Some(template) => match schedule::resolve(turn, program, step, template)? {
            Ok(resolved) => resolved.value,
            Err(fault) => return schedule::fail(turn, step, *fault),
        },
        None => before(turn, program, node, step)?,
    };
    let mut payload = json!({ "agent": agent, "task": task, "input": input });
    if !schema.is_null() {
        payload["output_schema"] = schema.clone();
    }
    if !tools.is_empty() {
        // The very contracts that its calls are held to.
        let offered = tools.iter().filter_map(|tool| Some((tool.clone(), json!(turn.run.pins.get(tool)?))));
        payload["tools"] = Value::Object(offered.collect());
    }
    match turn.store(payload) {
        Ok(stored) => intend(turn, step, EffectKind::Agent, agent, Some(stored), None),
        Err(fault) => schedule::fail(turn, step, *fault),
    }
}

/// Without an `input` of its own an agent sees the run's input and what the steps right before it gave.
fn before(turn: &Turn<'_, '_>, program: &Program, node: &PNode, step: &str) -> Result<Value, Refusal> {
    let mut seen = Map::new();
    seen.insert("input".to_owned(), turn.load(&turn.run.input)?.as_ref().clone());
    for (from, output) in right_before(turn.run, program, node, split_step(step).1) {
        seen.insert(from.id.clone(), turn.load(&output)?.as_ref().clone());
    }
    Ok(Value::Object(seen))
}

/// The nodes right before one, with what they left in its scope.
pub(super) fn right_before<'p>(run: &Run, program: &'p Program, node: &PNode, scope: &str) -> Vec<(&'p PNode, Stored)> {
    let before = program
        .nodes
        .iter()
        .filter(|from| from.parent == node.parent && from.outs.iter().any(|out| program.nodes[out.to].id == node.id));
    before
        .filter_map(|from| {
            let step = run.steps.get(&crate::graph::step_in(&from.id, scope))?;
            Some((from, step.output.clone()?))
        })
        .collect()
}

/// Whether an agent's step may use tools.
pub(super) fn has_tools(turn: &Turn<'_, '_>, step: &str) -> Result<bool, Refusal> {
    let program = turn.program()?;
    let kind = program.node_of(step).map(|node| &node.kind);
    Ok(matches!(kind, Some(Kind::Agents { tools, .. }) if !tools.is_empty()))
}

/// Whether outsiders may have written what an agent step reads: then its answer may carry their words.
pub(super) fn reads_untrusted(turn: &Turn<'_, '_>, step: &str) -> Result<bool, Refusal> {
    let program = turn.program()?;
    let Some(node) = program.node_of(step) else { return Ok(false) };
    let Kind::Agents { task, input, .. } = &node.kind else { return Ok(false) };
    for template in [task, input].into_iter().flatten() {
        if let Ok(resolved) = schedule::resolve(turn, &program, step, template)?
            && !resolved.untrusted.is_empty()
        {
            return Ok(true);
        }
    }
    if input.is_some() {
        return Ok(false);
    }
    let scope = split_step(step).1;
    Ok(program
        .nodes
        .iter()
        .filter(|from| from.outs.iter().any(|out| program.nodes[out.to].id == node.id))
        .any(|from| turn.run.steps.get(&crate::graph::step_in(&from.id, scope)).is_some_and(|s| s.untrusted)))
}

pub(super) fn part_done(
    turn: &mut Turn<'_, '_>,
    program: &Arc<Program>,
    node: &PNode,
    step: &str,
) -> Result<(), Refusal> {
    let _ = program;
    match called_by(step) {
        Some((agent, ..)) => conversation::returned(turn, agent),
        None => gather(turn, node, step),
    }
}

pub(super) fn part_failed(turn: &mut Turn<'_, '_>, node: &PNode, step: &str, _error: Fault) -> Result<(), Refusal> {
    if let Some((agent, ..)) = called_by(step) {
        return conversation::returned(turn, agent);
    }
    gather(turn, node, step)
}

/// When all have ended, the group's answer is theirs by name; one failure fails the group.
fn gather(turn: &mut Turn<'_, '_>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Kind::Agents { agents, .. } = &node.kind else { return Ok(()) };
    let Some((group, _)) = step.split_once('#') else { return Ok(()) };
    if turn.run.steps.get(group).is_none_or(|s| s.status != StepStatus::Running) {
        return Ok(());
    }
    let mut answers = Map::new();
    let mut untrusted = false;
    for agent in agents {
        let Some(part) = turn.run.steps.get(&format!("{group}#{agent}")) else { return Ok(()) };
        match part.status {
            StepStatus::Succeeded => {
                untrusted |= part.untrusted;
                let output = part.output.clone().unwrap_or_default();
                answers.insert(agent.clone(), turn.load(&output)?.as_ref().clone());
            }
            StepStatus::Failed => {
                if let Some(error) = part.error.clone() {
                    let others = agents
                        .iter()
                        .any(|a| turn.run.steps.get(&format!("{group}#{a}")).is_none_or(|p| !p.status.is_final()));
                    return if others { Ok(()) } else { schedule::fail(turn, group, error) };
                }
            }
            _ => return Ok(()),
        }
    }
    let group = group.to_owned();
    match turn.store(Value::Object(answers)) {
        Ok(stored) => schedule::succeed(turn, &group, Some(stored), Vec::new(), untrusted),
        Err(fault) => schedule::fail(turn, &group, *fault),
    }
}

//! Long maps: child runs do the items, at most a thousand each and one run after the other, so that no
//! more items are under way than the map allows.
//!
//! A child's workflow is made from the parent's; what the body reads from outside goes with its input.

use std::sync::Arc;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::id::RunId;
use metel_model::json;
use metel_model::stored::Stored;
use metel_model::workflow::Segment;
use serde_json::{Map, Value};

use super::map::ITEMS_MAX;
use super::turn::{Refusal, Turn};
use super::{asking, child, schedule};
use crate::graph::{Kind, PNode, Program};

/// The items of a child run that does a part of a long map.
pub(super) fn items(turn: &Turn<'_, '_>, program: &Program) -> Result<Option<Value>, Refusal> {
    if !program.workflow.segment {
        return Ok(None);
    }
    let input = turn.load(&turn.run.input)?;
    Ok(Some(input.get("items").cloned().unwrap_or_default()))
}

/// A long map begins.
pub(super) fn start(turn: &mut Turn<'_, '_>, step: &str, total: u32, list: Stored) {
    turn.emit(Event::StepStarted {
        step: step.to_owned(),
        items: Some(total),
        list: Some(list),
        rounds: false,
        body: Vec::new(),
        ends: Vec::new(),
        segment: Some(ITEMS_MAX as u32),
    });
}

/// Starts the next child run; ends the map when all items are done.
pub(super) fn go_on(turn: &mut Turn<'_, '_>, program: &Arc<Program>, node: &PNode, step: &str) -> Result<(), Refusal> {
    let Some(items) = turn.run.steps.get(step).and_then(|s| s.items.clone()) else { return Ok(()) };
    if items.done >= items.total {
        return finish(turn, step, &items);
    }
    let (Some(list), Some(map)) = (&items.list, program.position(&node.id)) else { return Ok(()) };
    let depth = turn.run.parent.as_ref().map_or(0, |p| p.depth) + 1;
    if depth > child::DEPTH_MAX {
        let fault = Fault::new(Code::LimitExceeded).about(format!("{} runs within runs", child::DEPTH_MAX)).at(step);
        return schedule::fail(turn, step, fault);
    }
    let list = turn.load(list)?;
    let from = items.done as usize;
    let part = list.as_array().map(|all| &all[from.min(all.len())..(from + ITEMS_MAX).min(all.len())]);
    let (outer, mut untrusted) = outer(turn, program, map, step)?;
    if items_are_untrusted(turn, program, node, step)? {
        untrusted.push("item".to_owned());
    }
    let input = Segment { items: part.unwrap_or_default().to_vec(), first: items.done, outer, untrusted };
    let input = match turn.store(serde_json::to_value(input).unwrap_or_default()) {
        Ok(stored) => stored,
        Err(fault) => return schedule::fail(turn, step, *fault),
    };
    let Some(workflow) = program.segment(map) else { return Err(Refusal::Stale) };
    let Ok(text) = json::canonical(&serde_json::to_value(&workflow).unwrap_or_default()) else {
        return Err(Refusal::Stale);
    };
    let digest = metel_model::Digest::of(text.as_bytes());
    turn.keep_blob(digest, text);
    let run = RunId(turn.chance.uuid());
    let asked = asking::words_below(turn.run);
    turn.emit(Event::ChildStarted {
        step: step.to_owned(),
        run,
        workflow: digest,
        input,
        depth,
        untrusted: false,
        asked,
    });
    Ok(())
}

/// What the body reads from around the map, and which of it outsiders may have written.
fn outer(
    turn: &Turn<'_, '_>,
    program: &Program,
    map: usize,
    step: &str,
) -> Result<(Map<String, Value>, Vec<String>), Refusal> {
    let view = turn.view(Some(program), step);
    let (mut outer, mut untrusted) = (Map::new(), Vec::new());
    for (root, keys) in program.outer_of(map) {
        let Some((value, tainted)) = view.whole(&root)? else { continue };
        let value = match (keys, value) {
            (Some(keys), Value::Object(mut members)) => {
                members.retain(|key, _| keys.contains(key));
                Value::Object(members)
            }
            (_, value) => value,
        };
        if tainted {
            untrusted.push(root.clone());
        }
        outer.insert(root, value);
    }
    Ok((outer, untrusted))
}

/// Whether outsiders may have written a part of the list.
fn items_are_untrusted(turn: &Turn<'_, '_>, program: &Program, node: &PNode, step: &str) -> Result<bool, Refusal> {
    let Kind::Map { items, .. } = &node.kind else { return Ok(false) };
    Ok(schedule::resolve(turn, program, step, items)?.is_ok_and(|resolved| !resolved.untrusted.is_empty()))
}

fn finish(turn: &mut Turn<'_, '_>, step: &str, items: &metel_model::run::Items) -> Result<(), Refusal> {
    let mut results = Vec::with_capacity(items.total as usize);
    let mut missing = Vec::new();
    for stored in items.results.values().flat_map(|parts| parts.values()) {
        match turn.load(stored) {
            Ok(part) => results.extend(part.as_array().cloned().unwrap_or_default()),
            Err(Refusal::Needs(digests)) => missing.extend(digests),
            Err(refusal) => return Err(refusal),
        }
    }
    if !missing.is_empty() {
        return Err(Refusal::Needs(missing));
    }
    let untrusted = items.untrusted;
    match turn.store(Value::Array(results)) {
        Ok(stored) => schedule::succeed(turn, step, Some(stored), Vec::new(), untrusted),
        Err(fault) => schedule::fail(turn, step, *fault),
    }
}

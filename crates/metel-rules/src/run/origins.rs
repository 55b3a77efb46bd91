//! Where the values of a payload come from. What the user's words name is the user's, whatever way it
//! came; what a model made of outsiders' content is an outsider's, whoever wrote it into a plan.

use std::collections::BTreeMap;

use metel_model::json::pointer_push;
use metel_model::plan::PlannerKind;
use metel_model::provenance::Origin;
use metel_model::run::Run;
use metel_model::status::StepStatus;
use serde_json::{Map, Value};

use super::laws;
use super::turn::{Refusal, Turn};
use crate::asked::{Words, comes_from};
use crate::graph::Kind;

/// Shortest value that is recognised in the user's words or in content, in characters.
const CHARS_MIN: usize = 3;

/// Fields that a model worded beside outsiders' content may hold it.
pub(super) fn worded(run: &Run, payload: &Value, words: &Map<String, Value>, untrusted: &mut Vec<String>) {
    if !laws::traces(run) || untrusted.is_empty() {
        return;
    }
    for field in words.keys().filter(|field| payload.get(field.as_str()).is_none_or(super::tool::is_missing)) {
        let pointer = pointer_push("", field);
        if !untrusted.contains(&pointer) {
            untrusted.push(pointer);
        }
    }
}

/// Takes off what people said themselves, and adds what a later plan took over from content.
pub(super) fn trace(
    turn: &Turn<'_, '_>,
    step: &str,
    payload: &Value,
    untrusted: &mut Vec<String>,
) -> Result<(), Refusal> {
    if !laws::traces(turn.run) {
        return Ok(());
    }
    let replanned = turn.run.plan_version > 1 && turn.run.steps.values().any(|step| step.untrusted);
    if untrusted.is_empty() && !replanned {
        return Ok(());
    }
    let words = Words::of(turn.run.request.iter().map(|request| request.text.as_str()));
    let given = |pointer: &str| {
        let field = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        turn.run.inputs.contains_key(&format!("{step}.{field}"))
    };
    let said = |value: &Value| match value {
        Value::String(text) => text.trim().chars().count() >= CHARS_MIN && words.name(text),
        _ => false,
    };
    untrusted.retain(|pointer| !given(pointer) && !payload.pointer(pointer).is_some_and(said));
    if !replanned {
        return Ok(());
    }
    let mut contents = Vec::new();
    for (id, state) in &turn.run.steps {
        if state.untrusted && state.status == StepStatus::Succeeded && !id.starts_with('@') {
            if let Some(output) = &state.output {
                contents.push(turn.load(output)?.to_string());
            }
            contents.extend(state.products.values().map(Value::to_string));
        }
    }
    for (pointer, text) in texts(payload) {
        let known = untrusted.iter().any(|outer| is_within(&pointer, outer));
        let short = text.trim().chars().count() < CHARS_MIN;
        if !known
            && !short
            && !given(&pointer)
            && !words.name(&text)
            && contents.iter().any(|c| comes_from(&text, c, &words))
        {
            untrusted.push(pointer);
        }
    }
    Ok(())
}

/// The origin of every value of a payload that asks for an approval.
pub(super) fn of(turn: &Turn<'_, '_>, step: &str, payload: &Value, untrusted: &[String]) -> BTreeMap<String, Origin> {
    if !laws::traces(turn.run) {
        return BTreeMap::new();
    }
    let words = Words::of(turn.run.request.iter().map(|request| request.text.as_str()));
    let mut referred: BTreeMap<String, Origin> = BTreeMap::new();
    if let Some(program) = &turn.program
        && let Some(Kind::Tool { args, .. }) = program.node_of(step).map(|node| &node.kind)
    {
        args.visit(&mut |pointer, reference, _| {
            let origin = match reference.root.as_str() {
                "input" | "params" => Origin::User,
                "run" | "index" => Origin::Workspace,
                root => match program.node_of(root).map(|node| &node.kind) {
                    Some(Kind::Agents { .. }) => Origin::Model,
                    _ => Origin::TrustedTool,
                },
            };
            let entry = referred.entry(pointer.to_owned()).or_insert(origin);
            *entry = (*entry).max(origin);
        });
    }
    let literal = match turn.run.plan.as_deref().map(|plan| plan.planner) {
        Some(PlannerKind::Model) => Origin::Model,
        _ => Origin::Workspace,
    };
    let origin = |pointer: &str, text: &str| {
        let field = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        if untrusted.iter().any(|outer| is_within(pointer, outer)) {
            return Origin::UntrustedTool;
        }
        if turn.run.inputs.contains_key(&format!("{step}.{field}")) || words.name(text) {
            return Origin::User;
        }
        referred
            .iter()
            .filter(|(outer, _)| is_within(pointer, outer))
            .map(|(_, origin)| *origin)
            .max()
            .unwrap_or(literal)
    };
    texts(payload).into_iter().map(|(pointer, text)| (pointer.clone(), origin(&pointer, &text))).collect()
}

fn is_within(pointer: &str, outer: &str) -> bool {
    outer.is_empty() || pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Most values whose origin is told.
const VALUES_MAX: usize = 200;

/// Texts and numbers of a value with their pointers.
fn texts(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut stack = vec![(String::new(), value)];
    while let Some((pointer, value)) = stack.pop() {
        match value {
            Value::Object(members) => {
                stack.extend(members.iter().rev().map(|(name, item)| (pointer_push(&pointer, name), item)));
            }
            Value::Array(items) => {
                stack.extend(items.iter().enumerate().rev().map(|(i, item)| (format!("{pointer}/{i}"), item)));
            }
            Value::String(text) => out.push((pointer, text.clone())),
            Value::Number(number) => out.push((pointer, number.to_string())),
            Value::Bool(_) | Value::Null => {}
        }
        if out.len() >= VALUES_MAX {
            break;
        }
    }
    out
}

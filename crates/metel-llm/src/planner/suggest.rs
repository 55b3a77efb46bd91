//! What the rules make of the request, shown to the model as a first reading that it may correct, and
//! used afterwards: values that the rules read out of the request are exact where a model's copy may
//! not be.

use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::plan::{Action, ActionPlan, MISSING};
use metel_rules::plan::plan_without_model;
use metel_rules::plan::reference::{is_whole, uses};
use serde_json::{Map, Value, json};

use super::Ask;

/// The rules' own plan, where they have one and all its tools are shown. None when planning again.
pub(super) fn suggestion(ask: &Ask<'_>) -> Option<ActionPlan> {
    if ask.input.replan.is_some() {
        return None;
    }
    let plan = plan_without_model(ask.input, ask.catalogue, ask.now).ok()?;
    let shown = |action: &Action| ask.tools.iter().any(|tool| tool.id == action.tool);
    plan.actions.iter().all(shown).then_some(plan)
}

/// The plan in the form in which a model writes one.
pub(super) fn written(plan: &ActionPlan) -> String {
    let steps: Vec<String> = plan
        .actions
        .iter()
        .map(|action| {
            let args: Map<String, Value> =
                action.args.iter().map(|(name, value)| (name.clone(), by_tool(value, plan))).collect();
            format!("{{\"tool\":{},\"args\":{}}}", json!(action.tool), Value::Object(args))
        })
        .collect();
    format!("{{\"steps\":[{}]}}", steps.join(","))
}

/// References by step become references by tool.
fn by_tool(value: &Value, plan: &ActionPlan) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.clone();
            for action in &plan.actions {
                text = text.replace(&format!("${{{}.", action.id), &format!("${{{}.", action.tool));
            }
            Value::String(text)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| by_tool(item, plan)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), by_tool(member, plan))).collect())
        }
        _ => value.clone(),
    }
}

/// Tools that the rules find asked for and the draft has fewer of.
pub(super) fn absent<'a>(suggestion: &'a ActionPlan, actions: &[Action]) -> Vec<&'a str> {
    let count = |actions: &[Action], tool: &str| actions.iter().filter(|action| action.tool == tool).count();
    let mut absent: Vec<&str> = suggestion
        .actions
        .iter()
        .map(|action| action.tool.as_str())
        .filter(|tool| count(actions, tool) < count(&suggestion.actions, tool))
        .collect();
    absent.dedup();
    absent
}

/// Where draft and suggestion call the same tool equally often, literals and references that the
/// rules read stand in for the model's copies.
pub(super) fn borrow(plan: &mut ActionPlan, suggestion: &ActionPlan, tools: &[Arc<Contract>], notes: &mut Vec<String>) {
    let of = |actions: &[Action], tool: &str| -> Vec<usize> {
        actions.iter().enumerate().filter(|(_, action)| action.tool == tool).map(|(at, _)| at).collect()
    };
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for tool in tools {
        let (ours, theirs) = (of(&plan.actions, &tool.id), of(&suggestion.actions, &tool.id));
        if ours.len() == theirs.len() {
            pairs.extend(ours.into_iter().zip(theirs));
        }
    }
    let all_match = plan.actions.len() == suggestion.actions.len() && pairs.len() == plan.actions.len();
    for (our, their) in &pairs {
        let source = &suggestion.actions[*their];
        for (name, value) in &source.args {
            let Some(value) = translate(value, suggestion, plan, &pairs, *our) else { continue };
            let own = plan.actions[*our].args.get(name);
            // Words that a model may choose are its own, as long as they carry the same data.
            let differs = own != Some(&value)
                && (own.is_none_or(|own| own == MISSING)
                    || uses(&value).is_empty()
                    || is_whole(&value)
                    || all_match && !carries(own, &value));
            if differs && value != MISSING {
                notes.push(format!("{}.{name}: as the request gives it", source.tool));
                plan.actions[*our].args.insert(name.clone(), value);
            }
        }
        if all_match {
            // What the rules know nobody gave is not to be made up.
            for (name, value) in &source.args {
                if value == MISSING {
                    plan.actions[*our].args.insert(name.clone(), json!(MISSING));
                }
            }
        }
    }
}

fn carries(own: Option<&Value>, wanted: &Value) -> bool {
    let found = own.map(uses).unwrap_or_default();
    uses(wanted).iter().all(|one| {
        let name = reference(one);
        found.iter().any(|other| reference(other) == name)
    })
}

fn reference(one: &metel_rules::plan::reference::Use) -> String {
    use metel_rules::plan::reference::Use;
    match one {
        Use::Whole(r) | Use::Inside(r) => format!("{}.{}", r.root, r.path),
        Use::Broken(text) => text.clone(),
    }
}

/// The value with its references pointing at the draft's own earlier steps; nothing where there is no such step.
fn translate(
    value: &Value,
    from: &ActionPlan,
    to: &ActionPlan,
    pairs: &[(usize, usize)],
    before: usize,
) -> Option<Value> {
    match value {
        Value::String(text) => {
            let mut out = text.clone();
            for (at, action) in from.actions.iter().enumerate() {
                let mark = format!("${{{}.", action.id);
                if out.contains(&mark) {
                    let ours = pairs
                        .iter()
                        .find(|(_, theirs)| *theirs == at)
                        .map(|(ours, _)| *ours)
                        .filter(|ours| *ours < before)?;
                    // A private-use sign keeps a step from being renamed twice.
                    out = out.replace(&mark, &format!("${{\u{F0000}{}.", to.actions[ours].id));
                }
            }
            Some(Value::String(out.replace('\u{F0000}', "")))
        }
        Value::Array(items) => items
            .iter()
            .map(|item| translate(item, from, to, pairs, before))
            .collect::<Option<Vec<_>>>()
            .map(Value::Array),
        Value::Object(members) => {
            if let (1, Some(Value::String(target))) = (members.len(), members.get("$ref")) {
                return translate(&Value::String(format!("${{{target}}}")), from, to, pairs, before);
            }
            let members: Option<Map<String, Value>> = members
                .iter()
                .map(|(name, member)| Some((name.clone(), translate(member, from, to, pairs, before)?)))
                .collect();
            members.map(Value::Object)
        }
        _ => Some(value.clone()),
    }
}

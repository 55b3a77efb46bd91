//! What the rules make of the request, shown to the model as a first reading that it may correct, and
//! used afterwards: values that the rules read out of the request are exact where a model's copy may
//! not be.

use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::plan::{Action, ActionPlan, MISSING};
use metel_rules::plan::plan_without_model;
use metel_rules::plan::reference::{Use, is_whole, uses};
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

/// Takes out what a model wrote beyond the rules' reading and what nothing speaks for: the same call
/// twice, and a step whose results nobody uses, of which a needed value is not known or which brings no
/// words of the request that no other step has. A further step with words of its own stays: the rules may
/// have missed it.
pub(super) fn cut(plan: &mut ActionPlan, done: usize, suggestion: &ActionPlan, request: &str, notes: &mut Vec<String>) {
    let request = request.to_lowercase();
    let mut at = plan.actions.len();
    while at > done {
        at -= 1;
        let action = &plan.actions[at];
        let count = |actions: &[Action]| actions.iter().filter(|other| other.tool == action.tool).count();
        if count(&plan.actions[done..]) <= count(&suggestion.actions) {
            continue;
        }
        let twin =
            plan.actions[done..at].iter().find(|other| other.tool == action.tool && says_the_same(other, action));
        let used = plan.actions[at + 1..].iter().any(|later| mentions(later, &action.id));
        let lacks = action.args.values().any(|value| value == MISSING);
        let others = || plan.actions.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
        let brings = literals(action).into_iter().any(|own| {
            request.contains(&own) && !others().any(|other| literals(other).iter().any(|its| its.contains(&own)))
        });
        if twin.is_none() && (used || brings && !lacks) {
            continue;
        }
        let (gone, stands) = (action.id.clone(), twin.map(|twin| twin.id.clone()));
        notes.push(format!("cut a further {} that the request does not ask for", action.tool));
        plan.actions.remove(at);
        if let Some(stands) = stands {
            for later in &mut plan.actions[at..] {
                for value in later.args.values_mut() {
                    *value = renamed(value, &gone, &stands);
                }
            }
        }
    }
}

/// Every value that both give is the same, and one gives all that the other does.
fn says_the_same(one: &Action, other: &Action) -> bool {
    let within = |a: &Action, b: &Action| a.args.iter().all(|(name, value)| b.args.get(name) == Some(value));
    within(one, other) || within(other, one)
}

fn mentions(action: &Action, id: &str) -> bool {
    action.args.values().flat_map(uses).any(|one| match one {
        Use::Whole(r) | Use::Inside(r) => r.root == id,
        Use::Broken(_) => false,
    })
}

/// Texts of two characters or more that a step is given as they are, in small letters.
fn literals(action: &Action) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text != MISSING && !text.contains("${") && text.trim().chars().count() > 1 => {
                found.push(text.trim().to_lowercase());
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(members) => members.values().for_each(|member| walk(member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    action.args.values().for_each(|value| walk(value, &mut found));
    found
}

fn renamed(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(text) => json!(text.replace(&format!("${{{from}."), &format!("${{{to}."))),
        Value::Array(items) => Value::Array(items.iter().map(|item| renamed(item, from, to)).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| match member {
                    Value::String(text) if name == "$ref" => {
                        let rest = text.strip_prefix(from).filter(|rest| rest.starts_with('.'));
                        (name.clone(), rest.map_or_else(|| member.clone(), |rest| json!(format!("{to}{rest}"))))
                    }
                    _ => (name.clone(), renamed(member, from, to)),
                })
                .collect(),
        ),
        _ => value.clone(),
    }
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

fn reference(one: &Use) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn action(id: &str, tool: &str, args: Value) -> Action {
        Action {
            id: id.into(),
            tool: tool.into(),
            args: args.as_object().cloned().unwrap_or_default(),
            requires: Vec::new(),
            produces: Vec::new(),
            success_criteria: Vec::new(),
            reason: String::new(),
        }
    }

    fn plan(actions: Vec<Action>) -> ActionPlan {
        ActionPlan { actions, ..ActionPlan::default() }
    }

    #[test]
    fn a_call_made_twice_is_made_once_and_what_used_it_uses_the_first() {
        let suggestion = plan(vec![
            action("a1", "notion.create_page", json!({"title": "회의"})),
            action("a2", "slack.post_message", json!({"text": "${a1.page_url}"})),
        ]);
        let mut draft = plan(vec![
            action("a1", "notion.create_page", json!({"title": "회의"})),
            action("a2", "notion.create_page", json!({"title": "회의", "content": "${a1.page_url}"})),
            action("a3", "slack.post_message", json!({"text": "${a2.page_url}"})),
        ]);
        let mut notes = Vec::new();
        cut(&mut draft, 0, &suggestion, "'회의' 페이지 만들어 줘", &mut notes);
        assert_eq!(draft.actions.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["a1", "a3"]);
        assert_eq!(draft.actions[1].args["text"], "${a1.page_url}");
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn a_further_step_stays_when_it_has_values_of_its_own() {
        let suggestion = plan(vec![action("a1", "notion.create_page", json!({"title": "A1"}))]);
        let mut draft = plan(vec![
            action("a1", "notion.create_page", json!({"title": "A1"})),
            action("a2", "notion.create_page", json!({"title": "B2"})),
            action("a3", "slack.post_message", json!({"channel": "#x", "text": "hi there"})),
            action("a4", "sheets.append_rows", json!({"range": "MISSING"})),
            action("a5", "text.summarize", json!({"text": "${a4.rows}"})),
        ]);
        cut(&mut draft, 0, &suggestion, "make pages A1 and B2, say hi there in #x", &mut Vec::new());
        assert_eq!(draft.actions.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["a1", "a2", "a3"]);
    }
}

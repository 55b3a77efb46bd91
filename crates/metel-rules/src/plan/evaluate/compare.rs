//! A plan against a label: exactly the actions, values and flow; order free where nothing depends on it.

use metel_model::plan::{Action, ActionPlan, MISSING};
use metel_model::status::Risk;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::Wanted;
use crate::plan::catalogue::Catalogue;
use crate::plan::reference::{Use, uses};

/// Why the actions are not the wanted ones, or nothing.
pub fn actions(plan: &ActionPlan, wanted: &[Wanted], catalogue: &Catalogue) -> Option<String> {
    let mut tools: Vec<&str> = plan.actions.iter().map(|action| action.tool.as_str()).collect();
    let mut labels: Vec<&str> = wanted.iter().map(|action| action.tool.as_str()).collect();
    tools.sort_unstable();
    labels.sort_unstable();
    if tools != labels {
        return Some(format!("tools {tools:?} instead of {labels:?}"));
    }
    let mut why = None;
    let mut places = vec![None; wanted.len()];
    match matched(plan, wanted, 0, &mut places, catalogue, &mut why) {
        true => None,
        false => why.or_else(|| Some("no match".into())),
    }
}

/// Tries every assignment of plan actions to labels, depth first.
fn matched(
    plan: &ActionPlan,
    wanted: &[Wanted],
    at: usize,
    places: &mut Vec<Option<usize>>,
    catalogue: &Catalogue,
    why: &mut Option<String>,
) -> bool {
    let Some(label) = wanted.get(at) else { return ordered(plan, wanted, places, catalogue, why) };
    for (i, action) in plan.actions.iter().enumerate() {
        if action.tool != label.tool || places.contains(&Some(i)) {
            continue;
        }
        if let Some(wrong) = differs(plan, action, label, places, catalogue) {
            why.get_or_insert(wrong);
            continue;
        }
        places[at] = Some(i);
        if matched(plan, wanted, at + 1, places, catalogue, why) {
            return true;
        }
        places[at] = None;
    }
    false
}

/// A destructive step comes before the later ones of the label.
fn ordered(
    plan: &ActionPlan,
    wanted: &[Wanted],
    places: &[Option<usize>],
    catalogue: &Catalogue,
    why: &mut Option<String>,
) -> bool {
    let destructive = |tool: &str| catalogue.tool(tool).is_some_and(|tool| tool.has_risk(Risk::Destructive));
    let fine = wanted
        .iter()
        .enumerate()
        .all(|(at, label)| !destructive(&label.tool) || (at + 1..wanted.len()).all(|later| places[at] < places[later]));
    if !fine {
        why.get_or_insert(format!("order of {} actions", plan.actions.len()));
    }
    fine
}

fn differs(
    plan: &ActionPlan,
    action: &Action,
    label: &Wanted,
    places: &[Option<usize>],
    catalogue: &Catalogue,
) -> Option<String> {
    for (name, value) in &label.args {
        match action.args.get(name) {
            Some(given) if same(given, value, catalogue) => {}
            given => {
                return Some(format!(
                    "{}.{name} is {}",
                    action.tool,
                    given.map_or("absent".to_owned(), Value::to_string)
                ));
            }
        }
    }
    for (name, pieces) in &label.contains {
        let Some(given) = action.args.get(name).filter(|given| *given != MISSING) else {
            return Some(format!("{}.{name} is absent", action.tool));
        };
        let text = fold(&written(given));
        if let Some(piece) = pieces.iter().find(|piece| !text.contains(&fold(piece))) {
            return Some(format!("{}.{name} lacks {piece:?}", action.tool));
        }
    }
    let mut carried: Vec<(String, String, String)> = Vec::new();
    for (name, value) in &action.args {
        for one in uses(value) {
            if let Use::Whole(reference) | Use::Inside(reference) = one {
                carried.push((name.clone(), reference.root.clone(), reference.key().to_owned()));
            }
        }
    }
    for wanted in &label.uses {
        let from = places.get(wanted.from).copied().flatten().and_then(|i| plan.actions.get(i));
        let Some(from) = from else { return Some(format!("{} should use label {}", action.tool, wanted.from)) };
        let at = carried
            .iter()
            .position(|(name, root, key)| *name == wanted.field && *root == from.id && *key == wanted.product);
        match at {
            Some(at) => {
                carried.remove(at);
            }
            None => {
                return Some(format!("{}.{} should carry {}.{}", action.tool, wanted.field, from.tool, wanted.product));
            }
        }
    }
    if let Some((name, root, key)) = carried.first() {
        return Some(format!("{}.{name} carries {root}.{key}", action.tool));
    }
    // A place that nobody named contradicts the request.
    let extra = action.args.contains_key("parent")
        && !label.args.contains_key("parent")
        && !label.uses.iter().any(|wanted| wanted.field == "parent");
    extra.then(|| format!("{} has a parent", action.tool))
}

/// Equal in the comparison form, names of one place being equal.
fn same(given: &Value, wanted: &Value, catalogue: &Catalogue) -> bool {
    match (given, wanted) {
        (Value::Array(given), Value::Array(wanted)) => {
            given.len() == wanted.len()
                && given.iter().zip(wanted).all(|(given, wanted)| same(given, wanted, catalogue))
        }
        _ => {
            let (given, wanted) = (written(given), written(wanted));
            let parts = |text: &str| text.split('!').map(|part| canonical(part, catalogue)).collect::<Vec<_>>();
            fold(&given) == fold(&wanted) || parts(&given) == parts(&wanted)
        }
    }
}

fn canonical(part: &str, catalogue: &Catalogue) -> String {
    let folded = fold(part);
    let known = catalogue.places.iter().find(|place| place.names.iter().any(|name| fold(name) == folded));
    known.and_then(|place| place.names.first()).map_or(folded, |name| fold(name))
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// NFC, lower case, without white space, hyphens, `#` and thousands separators.
fn fold(text: &str) -> String {
    let chars: Vec<char> =
        text.nfc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace() && !matches!(c, '#' | '-')).collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    chars
        .iter()
        .enumerate()
        .filter(|(at, c)| !(**c == ',' && *at > 0 && digit(at - 1) && digit(at + 1) && digit(at + 2) && digit(at + 3)))
        .map(|(_, c)| *c)
        .collect()
}

/// A plan on one line.
pub fn outline(plan: &ActionPlan) -> String {
    let actions = plan.actions.iter().map(|action| format!("{} {}", action.tool, Value::Object(action.args.clone())));
    actions.collect::<Vec<_>>().join(" | ")
}

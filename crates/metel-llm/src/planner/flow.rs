//! Data flow that a small model forgets: what one step read or made and no other step uses goes into
//! the next step that can carry it, unless the request fixes that step's text itself.

use metel_model::contract::Contract;
use metel_model::plan::{Action, ActionPlan, MISSING};
use metel_rules::plan::kinds;
use metel_rules::plan::reference::uses;
use serde_json::Value;

use super::Ask;
use super::ground::quotes;

pub(super) fn wire_up(plan: &mut ActionPlan, from: usize, ask: &Ask<'_>, notes: &mut Vec<String>) {
    let tool_of = |id: &str| ask.tools.iter().find(|tool| tool.id == id).map(AsRef::as_ref);
    let quotes = quotes(&ask.input.request.text);
    for at in 0..plan.actions.len() {
        let Some(giver) = tool_of(&plan.actions[at].tool) else { continue };
        let id = plan.actions[at].id.clone();
        let is_used = plan.actions[at + 1..].iter().any(|later| refers(later, &id));
        if is_used || giver.produces.is_empty() {
            continue;
        }
        for later in (at + 1).max(from)..plan.actions.len() {
            let Some(taker) = tool_of(&plan.actions[later].tool) else { continue };
            if let Some((field, value)) = place(giver, &id, taker, &plan.actions[later], &quotes) {
                notes.push(format!("{}.{field} carries what {} gave", taker.id, giver.id));
                plan.actions[later].args.insert(field, value);
                break;
            }
        }
    }
}

fn refers(action: &Action, id: &str) -> bool {
    use metel_rules::plan::reference::Use;
    action.args.values().flat_map(uses).any(|one| match one {
        Use::Whole(reference) | Use::Inside(reference) => reference.root == id,
        Use::Broken(_) => false,
    })
}

/// Where the giver's product goes in the taker, and the argument that results.
fn place(giver: &Contract, id: &str, taker: &Contract, action: &Action, quotes: &[String]) -> Option<(String, Value)> {
    let fields = kinds::fields(taker);
    // First: something needed and not given, of the very type.
    for field in fields.iter().filter(|field| !field.kind.is_empty() && !kinds::is_prose(field.kind)) {
        let open = action.args.get(field.name).map_or(field.required, |value| value == MISSING);
        let product = giver.produces.iter().find(|(_, product)| kinds::fit(field.kind, &product.kind).is_some());
        if let (true, Some((key, _))) = (open, product) {
            return Some((field.name.to_owned(), Value::String(format!("${{{id}.{key}}}"))));
        }
    }
    // Then: a text. What was read replaces words that the model made up; a link is added to them.
    let field = fields
        .iter()
        .find(|field| kinds::is_prose(field.kind) && (field.required || action.args.contains_key(field.name)))
        .or_else(|| fields.iter().find(|field| kinds::is_prose(field.kind)))?;
    let content =
        giver.produces.iter().find(|(_, product)| kinds::is_prose(&product.kind) || kinds::is_table(&product.kind));
    let link = giver.produces.iter().find(|(_, product)| kinds::is_link(&product.kind));
    let present =
        action.args.get(field.name).and_then(Value::as_str).filter(|text| *text != MISSING).unwrap_or_default();
    let has_reference = present.contains("${");
    let is_fixed = quotes.iter().any(|quote| quote == present);
    match (content, link) {
        (Some((key, _)), _) if !is_fixed && !has_reference => {
            Some((field.name.to_owned(), Value::String(format!("${{{id}.{key}}}"))))
        }
        (Some((key, _)), _) if has_reference => {
            Some((field.name.to_owned(), Value::String(format!("{present}\n${{{id}.{key}}}"))))
        }
        (None, Some((key, _))) if !is_fixed && kinds::leaf(&giver.produces[key].kind) != "permalink" => {
            let text = format!("{present} ${{{id}.{key}}}").trim().to_owned();
            Some((field.name.to_owned(), Value::String(text)))
        }
        _ => None,
    }
}

//! A template with values becomes a plan. A bare tool id is wired: each of its inputs takes the
//! parameter, or the latest earlier product, whose semantic type fits.

use std::collections::BTreeMap;

use metel_model::contract::Contract;
use metel_model::lang::Lang;
use metel_model::plan::{Action, ActionPlan, MISSING, PlannerKind};
use metel_model::template::{Template, TemplateAction};
use serde_json::{Map, Value};

use crate::plan::catalogue::Catalogue;
use crate::plan::check::{produces_of, requires_of};
use crate::plan::kinds::{self, Field, Fit};
use crate::plan::missing;
use crate::plan::reference::{Reference, Use, literal, uses};

/// The plan that a template makes with these values. Required parameters without a value become
/// `MISSING` and are asked for.
pub fn instantiate(
    template: &Template,
    values: &BTreeMap<String, Value>,
    lang: Lang,
    catalogue: &Catalogue,
) -> ActionPlan {
    let params = resolved(template, values);
    let mut plan = ActionPlan {
        goal: template.description.get(lang).to_owned(),
        planner: PlannerKind::Template,
        template: Some(template.skill.clone()),
        ..ActionPlan::default()
    };
    for (at, step) in template.actions.iter().enumerate() {
        let id = action_id(at, step);
        let contract = catalogue.tool(step.tool());
        let args = match step {
            TemplateAction::Tool(_) => {
                contract.map(|contract| wired(contract, template, &params, &plan, catalogue)).unwrap_or_default()
            }
            TemplateAction::Action(action) => {
                let mut args = Map::new();
                for (name, value) in &action.args {
                    if let Some(value) = filled(value, &params) {
                        args.insert(name.clone(), value);
                    }
                }
                for field in contract.map(|contract| kinds::fields(contract)).unwrap_or_default() {
                    if field.required && !args.contains_key(field.name) {
                        args.insert(field.name.to_owned(), Value::from(MISSING));
                    }
                }
                args
            }
        };
        let (criteria, reason) = match step {
            TemplateAction::Action(action) => {
                (action.success_criteria.clone(), action.reason.as_ref().map(|text| text.get(lang).to_owned()))
            }
            TemplateAction::Tool(_) => (Vec::new(), None),
        };
        plan.actions.push(Action {
            requires: requires_of(&args),
            produces: contract.map(|contract| produces_of(&id, contract)).unwrap_or_default(),
            id,
            tool: step.tool().to_owned(),
            args,
            success_criteria: criteria,
            reason: reason.unwrap_or_default(),
        });
    }
    plan.missing = missing::fields_of(&plan, catalogue);
    plan
}

/// The id of an action: its own, or `a` and its place.
pub fn action_id(at: usize, action: &TemplateAction) -> String {
    match action {
        TemplateAction::Action(action) => action.id.clone().unwrap_or_else(|| format!("a{}", at + 1)),
        TemplateAction::Tool(_) => format!("a{}", at + 1),
    }
}

/// Each parameter with its value; nothing for an optional one that has none.
fn resolved(template: &Template, values: &BTreeMap<String, Value>) -> BTreeMap<String, Option<Value>> {
    template
        .params
        .iter()
        .map(|(name, param)| {
            let value = values.get(name).cloned().or_else(|| param.default.clone());
            let value = match (value, param.optional) {
                (Some(Value::String(text)), _) if text != MISSING => Some(Value::from(literal(&text))),
                (Some(value), _) => Some(value),
                (None, true) => None,
                (None, false) => Some(Value::from(MISSING)),
            };
            (name.clone(), value)
        })
        .collect()
}

/// A value with its parameters put in. Nothing where an optional one is absent; `MISSING` as a whole
/// where a required one is.
fn filled(value: &Value, params: &BTreeMap<String, Option<Value>>) -> Option<Value> {
    let named: Vec<Reference> = uses(value)
        .into_iter()
        .filter_map(|one| match one {
            Use::Whole(reference) | Use::Inside(reference) if reference.root == "params" => Some(reference),
            _ => None,
        })
        .collect();
    for reference in &named {
        match params.get(reference.key()) {
            Some(None) => return None,
            Some(Some(value)) if value == MISSING => return Some(Value::from(MISSING)),
            _ => {}
        }
    }
    match value {
        Value::String(text) => match uses(value).as_slice() {
            [Use::Whole(reference)] if reference.root == "params" => {
                params.get(reference.key()).cloned().flatten().or_else(|| Some(value.clone()))
            }
            _ => {
                let mut out = text.clone();
                for reference in &named {
                    if let Some(Some(value)) = params.get(reference.key()) {
                        let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        out = out.replace(&format!("${{params.{}}}", reference.path), &written);
                    }
                }
                Some(Value::from(out))
            }
        },
        Value::Array(items) => Some(items.iter().filter_map(|item| filled(item, params)).collect::<Vec<_>>().into()),
        Value::Object(members) => match uses(value).as_slice() {
            [Use::Whole(reference)] if reference.root == "params" && members.contains_key("$ref") => {
                params.get(reference.key()).cloned().flatten()
            }
            _ => Some(
                members
                    .iter()
                    .filter_map(|(name, member)| filled(member, params).map(|value| (name.clone(), value)))
                    .collect::<Map<_, _>>()
                    .into(),
            ),
        },
        other => Some(other.clone()),
    }
}

fn wired(
    contract: &Contract,
    template: &Template,
    params: &BTreeMap<String, Option<Value>>,
    plan: &ActionPlan,
    catalogue: &Catalogue,
) -> Map<String, Value> {
    let mut args = Map::new();
    for field in kinds::fields(contract) {
        let param = template
            .params
            .iter()
            .find(|(name, param)| *name == field.name || !field.kind.is_empty() && param.kind == field.kind);
        if let Some((name, _)) = param {
            if let Some(Some(value)) = params.get(name) {
                args.insert(field.name.to_owned(), value.clone());
            }
            continue;
        }
        if let Some(reference) = earlier(&field, plan, catalogue) {
            args.insert(field.name.to_owned(), Value::from(reference));
        } else if field.required {
            args.insert(field.name.to_owned(), Value::from(MISSING));
        }
    }
    args
}

/// The latest earlier product that fits a field. A text takes what was read or written, else a link;
/// an optional field takes only what was read or written.
fn earlier(field: &Field<'_>, plan: &ActionPlan, catalogue: &Catalogue) -> Option<String> {
    let made = |action: &Action| -> Vec<(String, Fit, bool)> {
        let Some(contract) = catalogue.tool(&action.tool) else { return Vec::new() };
        contract
            .produces
            .iter()
            .filter_map(|(key, product)| {
                let fit = kinds::fit(field.kind, &product.kind)?;
                let data = kinds::is_prose(&product.kind) || kinds::is_table(&product.kind);
                Some((format!("${{{}.{key}}}", action.id), fit, data))
            })
            .collect()
    };
    if field.kind.is_empty() || field.kind == "title" {
        return None;
    }
    let prose = kinds::is_prose(field.kind);
    plan.actions.iter().rev().find_map(|action| {
        let mut found = made(action);
        found.sort_by_key(|(_, fit, data)| (!data, *fit));
        let best = found.into_iter().find(|(_, fit, data)| match (field.required, prose) {
            (_, false) => field.required && *fit != Fit::Written,
            (true, true) => true,
            (false, true) => *data,
        });
        best.map(|(reference, ..)| reference)
    })
}

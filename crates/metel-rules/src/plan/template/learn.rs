//! A plan that worked becomes a template: its literals become parameters with those values as
//! defaults, its references stay.

use std::collections::BTreeMap;

use metel_model::lang::Text;
use metel_model::plan::{ActionPlan, MISSING};
use metel_model::template::{FullAction, Param, Template, TemplateAction};
use serde_json::{Map, Value};

use crate::plan::catalogue::Catalogue;
use crate::plan::kinds;
use crate::plan::reference::uses;

/// The template that `plan` would have been filled from. `request` becomes its first example.
pub fn from_plan(plan: &ActionPlan, skill: &str, request: &str, catalogue: &Catalogue) -> Template {
    let mut params: BTreeMap<String, Param> = BTreeMap::new();
    let mut actions = Vec::new();
    for action in &plan.actions {
        let fields = catalogue.tool(&action.tool).map(|contract| kinds::fields(contract)).unwrap_or_default();
        let mut args = Map::new();
        for (name, value) in &action.args {
            let field = fields.iter().find(|field| field.name == name);
            if !uses(value).is_empty() {
                args.insert(name.clone(), value.clone());
                continue;
            }
            let key = free_name(name, &params, value);
            let ask = field
                .and_then(|field| field.schema.get("x-ask"))
                .and_then(|ask| serde_json::from_value::<Text>(ask.clone()).ok());
            params.entry(key.clone()).or_insert_with(|| Param {
                kind: field.map(|field| field.kind).filter(|kind| !kind.is_empty()).unwrap_or("text").to_owned(),
                title: ask,
                default: (value != MISSING).then(|| unescaped(value)),
                optional: false,
            });
            args.insert(name.clone(), Value::from(format!("${{params.{key}}}")));
        }
        actions.push(TemplateAction::Action(Box::new(FullAction {
            id: Some(action.id.clone()),
            tool: action.tool.clone(),
            args,
            success_criteria: action.success_criteria.clone(),
            reason: None,
        })));
    }
    Template {
        skill: skill.to_owned(),
        version: Some("1.0.0".to_owned()),
        title: Text::both(skill),
        description: Text::both(plan.goal.clone()),
        examples: vec![request.to_owned()],
        params,
        actions,
        policy: Value::Null,
        success: None,
    }
}

/// The field's name, or with a number where another value has it.
fn free_name(name: &str, params: &BTreeMap<String, Param>, value: &Value) -> String {
    let taken = |key: &str| params.get(key).is_some_and(|param| param.default.as_ref() != Some(&unescaped(value)));
    let mut key = name.to_owned();
    let mut n = 2;
    while taken(&key) {
        key = format!("{name}_{n}");
        n += 1;
    }
    key
}

/// Defaults are kept as a person would write them.
fn unescaped(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(text.replace("$${", "${")),
        other => other.clone(),
    }
}

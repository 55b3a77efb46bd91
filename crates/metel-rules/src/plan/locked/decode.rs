//! A model's answer read into an action plan: checked, completed from the contracts, and freed of
//! steps that nobody asked for. Whatever it says, only known tools and declared arguments come out.

use metel_model::contract::Contract;
use metel_model::json::depth_within;
use metel_model::plan::{Action, ActionPlan, MISSING, PlanInput, PlannerKind};
use serde_json::{Map, Value};

use crate::plan::catalogue::Catalogue;
use crate::plan::check::{check_shape, repair_surplus, requires_of, surplus};
use crate::plan::fault::{FaultKind, PlanFault};
use crate::plan::kinds;
use crate::plan::missing;

/// A plan read from a model's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub plan: ActionPlan,
    /// Actions that were cut because no words of the request ask for them.
    pub cut: Vec<String>,
}

/// Reads an answer that follows `plan_schema`. The faults name what a second try must mend.
pub fn decode(answer: &Value, input: &PlanInput, catalogue: &Catalogue) -> Result<Decoded, Vec<PlanFault>> {
    let shape = |pointer: &str, en: &str, ko: &str| vec![PlanFault::new(FaultKind::Shape, pointer, en, ko)];
    if !depth_within(answer, 32) {
        return Err(shape("", "The plan is nested too deeply", "계획이 너무 깊게 겹쳐 있어요"));
    }
    let Some(actions) = answer.get("actions").and_then(Value::as_array) else {
        return Err(shape("/actions", "`actions` must be a list", "`actions`는 목록이어야 해요"));
    };
    let goal = answer.get("goal").and_then(Value::as_str).unwrap_or(&input.request.text);
    let mut plan =
        ActionPlan { goal: goal.chars().take(500).collect(), planner: PlannerKind::Model, ..ActionPlan::default() };
    let mut faults = Vec::new();
    for (at, action) in actions.iter().enumerate() {
        let (Some(tool), Some(args)) =
            (action.get("tool").and_then(Value::as_str), action.get("args").and_then(Value::as_object))
        else {
            faults.extend(shape(
                &format!("/actions/{at}"),
                "An action has `tool` and `args`",
                "단계에는 `tool`과 `args`가 있어야 해요",
            ));
            continue;
        };
        plan.actions.push(read(at, tool, args, catalogue));
    }
    faults.extend(check_shape(&plan, catalogue));
    if !faults.is_empty() {
        return Err(faults);
    }
    let cut = surplus(&plan, &input.request, catalogue);
    let before: Vec<String> = plan.actions.iter().map(|action| action.id.clone()).collect();
    plan = repair_surplus(&plan, &input.request, catalogue);
    let cut: Vec<String> = cut
        .into_iter()
        .filter(|id| !plan.actions.iter().any(|action| action.id == *id))
        .filter(|id| before.contains(id))
        .collect();
    plan.missing = missing::fields_of(&plan, catalogue);
    Ok(Decoded { plan, cut })
}

fn read(at: usize, tool: &str, args: &Map<String, Value>, catalogue: &Catalogue) -> Action {
    let id = format!("a{}", at + 1);
    let contract = catalogue.tool(tool);
    let mut kept = Map::new();
    for (name, value) in args {
        let field = contract.and_then(|contract| {
            kinds::fields(contract)
                .into_iter()
                .find(|field| field.name == name)
                .map(|field| (field.required, field.schema.clone()))
        });
        match (field, value) {
            // Null stands for an optional argument that is left out; an empty required text for an unknown one.
            (Some((false, _)), Value::Null) => {}
            (Some((false, _)), Value::String(text)) if text.trim().is_empty() || text == MISSING => {}
            (Some((true, _)), Value::Null) => {
                kept.insert(name.clone(), Value::from(MISSING));
            }
            (Some((true, _)), Value::String(text)) if text.trim().is_empty() => {
                kept.insert(name.clone(), Value::from(MISSING));
            }
            (Some((_, schema)), value) => {
                kept.insert(name.clone(), from_text(value, &schema));
            }
            (None, value) => {
                kept.insert(name.clone(), value.clone());
            }
        }
    }
    Action {
        requires: requires_of(&kept),
        produces: contract.map(|contract| produces(&id, contract)).unwrap_or_default(),
        id,
        tool: tool.to_owned(),
        args: kept,
        success_criteria: Vec::new(),
        reason: String::new(),
    }
}

/// The state keys that an action's tool leaves.
fn produces(id: &str, contract: &Contract) -> Vec<String> {
    contract.produces.keys().map(|key| format!("{id}.{key}")).collect()
}

/// Free-form objects come as JSON text, and members that were left out as null.
fn from_text(value: &Value, schema: &Value) -> Value {
    match (value, schema.get("type").and_then(Value::as_str)) {
        (Value::String(text), Some("object" | "array")) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text).ok().filter(|parsed| depth_within(parsed, 32)).unwrap_or_else(|| value.clone())
        }
        (Value::Object(members), _) => {
            let none = Value::Null;
            let properties = schema.get("properties").unwrap_or(&none);
            let members = members.iter().filter(|(_, member)| !member.is_null());
            members
                .map(|(name, member)| (name.clone(), from_text(member, properties.get(name).unwrap_or(&none))))
                .collect::<Map<_, _>>()
                .into()
        }
        _ => value.clone(),
    }
}

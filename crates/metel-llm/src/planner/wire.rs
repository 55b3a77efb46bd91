//! The form in which a model writes a plan, and the way from there to actions. A reference names the
//! tool that gives the product, `${tool.product}`: that means the nearest earlier step with that tool.

use std::sync::{Arc, LazyLock};

use metel_model::contract::Contract;
use metel_model::plan::{Action, ActionPlan, MISSING, PlanInput, Replan};
use metel_rules::plan::check::{ACTIONS_MAX, produces_of, requires_of};
use metel_rules::plan::kinds;
use metel_rules::plan::{FaultKind, PlanFault};
use regex::Regex;
use serde_json::{Map, Value, json};

/// Steps that a model may write at once.
const STEPS_MAX: usize = 8;

/// What a model's words come to.
pub(super) struct Draft {
    pub actions: Vec<Action>,
    pub notes: Vec<String>,
}

/// The answer's schema for these tools and no others.
pub(super) fn schema(tools: &[Arc<Contract>], input: &PlanInput) -> Value {
    let mut givers: Vec<&Contract> = tools.iter().map(Arc::as_ref).collect();
    // What done steps made may be used though their tools are not shown again.
    let done: Vec<String> = done_actions(input).into_iter().map(|action| action.tool).collect();
    givers.sort_by_key(|contract| !done.contains(&contract.id));
    let steps: Vec<Value> = tools.iter().map(|tool| step(tool, &givers)).collect();
    json!({
        "type": "object",
        "properties": {"steps": {"type": "array", "items": {"anyOf": steps}, "maxItems": STEPS_MAX}},
        "required": ["steps"],
        "additionalProperties": false,
    })
}

fn step(tool: &Contract, givers: &[&Contract]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in kinds::fields(tool) {
        properties.insert(field.name.to_owned(), argument(&field, givers, tool));
        if field.required {
            required.push(field.name);
        }
    }
    let args = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    json!({
        "type": "object",
        "properties": {"words": {"type": "string"}, "tool": {"type": "string", "const": tool.id}, "args": args},
        "required": ["words", "tool", "args"],
        "additionalProperties": false,
    })
}

/// A literal of the field's schema, a fitting product, or `MISSING`.
fn argument(field: &kinds::Field<'_>, givers: &[&Contract], tool: &Contract) -> Value {
    let mut own = field.schema.clone();
    if let (Some(target), Some(defs)) = (own.as_object_mut(), tool.input_schema.get("$defs")) {
        target.insert("$defs".into(), defs.clone());
    }
    let is_text = own.get("type").and_then(Value::as_str) == Some("string") && own.get("enum").is_none();
    if is_text {
        // Free text holds references and MISSING by itself; its limits are checked afterwards.
        return json!({"type": "string"});
    }
    let mut choices = vec![own];
    let references: Vec<String> = givers
        .iter()
        .flat_map(|giver| giver.produces.iter().map(move |(key, product)| (giver, key, product)))
        .filter(|(_, _, product)| kinds::fit(field.kind, &product.kind).is_some())
        .map(|(giver, key, _)| format!("${{{}.{key}}}", giver.id))
        .collect();
    if !references.is_empty() {
        choices.push(json!({"type": "string", "enum": references}));
    }
    choices.push(json!({"type": "string", "const": MISSING}));
    json!({"anyOf": choices})
}

/// Actions with ids of their own and references to them. What has no place in a plan is dropped and noted.
pub(super) fn decode(value: &Value, tools: &[Arc<Contract>], input: &PlanInput) -> Result<Draft, Vec<PlanFault>> {
    let shape = |pointer: String, en: String, ko: String| vec![PlanFault::new(FaultKind::Shape, pointer, en, ko)];
    let Some(steps) = value.get("steps").and_then(Value::as_array) else {
        return Err(shape("/steps".into(), "there is no list of steps".into(), "단계 목록이 없어요".into()));
    };
    if steps.len() > ACTIONS_MAX {
        return Err(vec![PlanFault::new(
            FaultKind::TooMany,
            "/steps",
            format!("{} steps are too many: use only those the request asks for", steps.len()),
            format!("단계가 {}개로 너무 많아요", steps.len()),
        )]);
    }
    let mut faults = Vec::new();
    let mut draft = Draft { actions: Vec::new(), notes: Vec::new() };
    let done = done_actions(input);
    let first = first_number(input);
    for (at, step) in steps.iter().enumerate() {
        let pointer = format!("/steps/{at}");
        let name = step.get("tool").and_then(Value::as_str).unwrap_or_default();
        let Some(tool) = tools.iter().find(|tool| tool.id == name) else {
            let shown: String = name.chars().take(80).collect();
            faults.push(PlanFault::new(
                FaultKind::ToolUnknown,
                format!("{pointer}/tool"),
                format!("there is no tool {shown}; use only the tools listed"),
                format!("없는 도구예요: {shown}"),
            ));
            continue;
        };
        let Some(args) = step.get("args").and_then(Value::as_object) else {
            faults.extend(shape(
                format!("{pointer}/args"),
                "args must be an object".into(),
                "args는 객체여야 해요".into(),
            ));
            continue;
        };
        let earlier: Vec<&Action> = done.iter().chain(&draft.actions).collect();
        let mut kept = Map::new();
        let fields = kinds::fields(tool);
        for (name, value) in args {
            match fields.iter().find(|field| field.name == name) {
                None => {
                    draft.notes.push(format!("dropped `{}` of {}: the tool takes no such field", short(name), tool.id))
                }
                Some(field) if is_blank(value) && !field.required => {}
                Some(field) => {
                    let value = if is_blank(value) { json!(MISSING) } else { resolve(value, &earlier, tools) };
                    kept.insert(name.clone(), coerce(value, field.schema));
                }
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            kept.entry(field.name).or_insert_with(|| json!(MISSING));
        }
        let reason: String = step.get("words").and_then(Value::as_str).unwrap_or_default().chars().take(200).collect();
        draft.actions.push(Action {
            id: format!("a{}", first + draft.actions.len()),
            tool: tool.id.clone(),
            args: kept,
            requires: Vec::new(),
            produces: Vec::new(),
            success_criteria: Vec::new(),
            reason,
        });
    }
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Words with which a model says that it has nothing to say.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => matches!(
            text.trim().to_ascii_lowercase().as_str(),
            "" | "null" | "none" | "n/a" | "missing" | "undefined" | "없음"
        ),
        _ => false,
    }
}

/// A number or truth value written as text becomes one where the schema wants it.
fn coerce(value: Value, schema: &Value) -> Value {
    let Some(text) = value.as_str().filter(|text| !text.contains("${") && *text != MISSING) else { return value };
    let text = text.trim();
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => text.replace(',', "").parse::<i64>().map_or(value.clone(), Value::from),
        Some("number") => {
            text.replace(',', "").parse::<f64>().ok().filter(|n| n.is_finite()).map_or(value.clone(), Value::from)
        }
        Some("boolean") => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => value,
        },
        _ => value,
    }
}

static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\$?\$\{\s*([A-Za-z0-9_.\[\]-]{1,120})\s*\}|\{\{\s*([A-Za-z0-9_.-]{1,120})\s*\}\}").ok()
});

/// Rewrites references by tool and product into references by step.
fn resolve(value: &Value, earlier: &[&Action], tools: &[Arc<Contract>]) -> Value {
    match value {
        Value::String(text) => Value::String(resolve_text(text, earlier, tools)),
        Value::Array(items) => Value::Array(items.iter().map(|item| resolve(item, earlier, tools)).collect()),
        Value::Object(members) => {
            // `{"$ref": …}` means what `${…}` means; in one form it is seen by every later look.
            if let (1, Some(Value::String(target))) = (members.len(), members.get("$ref")) {
                return Value::String(resolve_text(&format!("${{{target}}}"), earlier, tools));
            }
            Value::Object(
                members.iter().map(|(name, member)| (name.clone(), resolve(member, earlier, tools))).collect(),
            )
        }
        _ => value.clone(),
    }
}

fn resolve_text(text: &str, earlier: &[&Action], tools: &[Arc<Contract>]) -> String {
    let Some(reference) = REFERENCE.as_ref() else { return text.to_owned() };
    reference
        .replace_all(text, |found: &regex::Captures<'_>| {
            let path = found.get(1).or_else(|| found.get(2)).map(|m| m.as_str()).unwrap_or_default();
            match target(path, earlier, tools) {
                Some((id, key)) => format!("${{{id}.{key}}}"),
                // Left as it is: the check names it, and the model is told.
                None => format!("${{{path}}}"),
            }
        })
        .into_owned()
}

/// The step and product that `notion.create_page.page_url`, `a1.page_url` or `page_url` means.
fn target(path: &str, earlier: &[&Action], tools: &[Arc<Contract>]) -> Option<(String, String)> {
    let (head, key) = path.rsplit_once('.').unwrap_or(("", path));
    let gives = |action: &Action| {
        tools.iter().find(|tool| tool.id == action.tool).is_some_and(|tool| tool.produces.contains_key(key))
            || action.produces.iter().any(|made| made.rsplit('.').next() == Some(key))
    };
    let named = |action: &Action| {
        head.is_empty() || action.tool == head || action.id == head || action.tool.ends_with(&format!(".{head}"))
    };
    let numbered =
        head.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().ok().filter(|_| !head.contains('.'));
    earlier
        .iter()
        .rev()
        .find(|action| named(action) && gives(action))
        .or_else(|| earlier.get(numbered?.checked_sub(1)?).filter(|action| gives(action)))
        .map(|action| (action.id.clone(), key.to_owned()))
}

/// Fills in what follows from tools and arguments.
pub(super) fn annotate(plan: &mut ActionPlan, tools: &[Arc<Contract>]) {
    for action in &mut plan.actions {
        let Some(tool) = tools.iter().find(|tool| tool.id == action.tool) else { continue };
        action.requires = requires_of(&action.args);
        action.produces = produces_of(&action.id, tool);
    }
}

/// Actions of the stuck plan that are done, as they were.
pub(super) fn done_actions(input: &PlanInput) -> Vec<Action> {
    let Some(replan) = &input.replan else { return Vec::new() };
    replan.plan.actions.iter().filter(|action| replan.done.contains_key(&action.id)).cloned().collect()
}

/// `slack.post_message gave permalink`, one line for each done step.
pub(super) fn done_lines(replan: &Replan) -> Vec<String> {
    let line = |action: &Action| {
        let products = replan.done.get(&action.id)?;
        let keys: Vec<&str> =
            products.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default();
        Some(format!("{} gave {}", action.tool, if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") }))
    };
    replan.plan.actions.iter().filter_map(line).collect()
}

pub(super) fn tool_of(plan: &ActionPlan, id: &str) -> String {
    plan.actions.iter().find(|action| action.id == id).map(|action| action.tool.clone()).unwrap_or_default()
}

/// The number of the first new action: after every one that the stuck plan had.
fn first_number(input: &PlanInput) -> usize {
    let Some(replan) = &input.replan else { return 1 };
    let used = replan
        .plan
        .actions
        .iter()
        .filter_map(|action| action.id.strip_prefix('a')?.parse::<usize>().ok().filter(|n| *n < 10_000));
    used.max().unwrap_or(0) + 1
}

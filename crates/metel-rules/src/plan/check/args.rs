//! The arguments of one action against the tool's input schema, with references in their places.

use std::collections::BTreeMap;

use metel_model::contract::Contract;
use metel_model::json::pointer_push;
use metel_model::plan::{Action, MISSING};
use serde_json::{Map, Value};

use crate::plan::catalogue::Catalogue;
use crate::plan::fault::{FaultKind, PlanFault};
use crate::plan::kinds;
use crate::plan::reference::{Reference, Use, is_whole, uses};

/// Adds the faults of `action`'s arguments. `earlier` maps ids of earlier actions to their tools.
pub fn check(
    action: &Action,
    contract: &Contract,
    earlier: &BTreeMap<&str, &str>,
    catalogue: &Catalogue,
    pointer: &str,
    faults: &mut Vec<PlanFault>,
) {
    let fields = kinds::fields(contract);
    for field in fields.iter().filter(|field| field.required && !action.args.contains_key(field.name)) {
        faults.push(PlanFault::new(
            FaultKind::ArgAbsent,
            format!("{pointer}/args"),
            format!("{} needs `{}`", action.tool, field.name),
            format!("{} 도구에 필요한 값이 없어요: `{}`", action.tool, field.name),
        ));
    }
    for (name, value) in &action.args {
        let at = pointer_push(&format!("{pointer}/args"), name);
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            faults.push(PlanFault::new(
                FaultKind::ArgUnknown,
                at,
                format!("{} takes no `{name}`", action.tool),
                format!("{} 도구가 받지 않는 값이에요: `{name}`", action.tool),
            ));
            continue;
        };
        let found = uses(value);
        for one in &found {
            if let Some(fault) = check_use(one, is_whole(value), field, earlier, catalogue, &at) {
                faults.push(fault);
            }
        }
        if let Some(why) = misfit(value, field.schema, &contract.input_schema, !found.is_empty()) {
            faults.push(PlanFault::new(
                FaultKind::ArgInvalid,
                at,
                format!("`{name}` does not fit: {why}"),
                format!("`{name}` 값이 맞지 않아요: {why}"),
            ));
        }
    }
}

fn check_use(
    one: &Use,
    alone: bool,
    field: &kinds::Field<'_>,
    earlier: &BTreeMap<&str, &str>,
    catalogue: &Catalogue,
    at: &str,
) -> Option<PlanFault> {
    let (reference, whole) = match one {
        // Inside a list or an object the field's type says nothing about the parts.
        Use::Whole(reference) => (reference, alone),
        Use::Inside(reference) => (reference, false),
        Use::Broken(text) => {
            let (en, ko) = (format!("`{text}` is no reference"), format!("참조가 아니에요: `{text}`"));
            return Some(PlanFault::new(FaultKind::Reference, at, en, ko));
        }
    };
    let Some(produced) = product_kind(reference, earlier, catalogue) else {
        let name = format!("{}.{}", reference.root, reference.path);
        return Some(PlanFault::new(
            FaultKind::Reference,
            at,
            format!("{name} is made by no earlier action"),
            format!("앞 단계에서 만들지 않는 값이에요: {name}"),
        ));
    };
    let wrong = whole
        && reference.path == reference.key()
        && !field.kind.is_empty()
        && kinds::fit(field.kind, produced).is_none();
    wrong.then(|| {
        PlanFault::new(
            FaultKind::ReferenceType,
            at,
            format!("`{}` wants {}, not {produced}", field.name, field.kind),
            format!("`{}` 자리에는 {} 값이 와야 해요. 지금은 {produced}예요", field.name, field.kind),
        )
    })
}

/// The semantic type of what a reference names, or nothing where it names nothing.
fn product_kind<'a>(
    reference: &Reference,
    earlier: &BTreeMap<&str, &str>,
    catalogue: &'a Catalogue,
) -> Option<&'a str> {
    let tool = catalogue.tool(earlier.get(reference.root.as_str())?)?;
    tool.produces.get(reference.key()).map(|product| product.kind.as_str())
}

/// Why a value does not fit its schema. References count as whatever is asked.
pub fn misfit(value: &Value, schema: &Value, root: &Value, refers: bool) -> Option<String> {
    if value == MISSING {
        return None;
    }
    if refers { misfit_around(value, schema, 0) } else { misfit_literal(value, schema, root) }
}

fn misfit_literal(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    let mut schema = schema.clone();
    if let (Some(target), Some(defs)) = (schema.as_object_mut(), root.get("$defs")) {
        target.insert("$defs".into(), defs.clone());
    }
    match jsonschema::validator_for(&schema) {
        Ok(validator) => validator.validate(value).err().map(|error| shorten(&error.to_string())),
        Err(error) => Some(shorten(&format!("the tool's own schema is not valid: {error}"))),
    }
}

/// Checks the shape around references: objects, arrays and their literal leaves.
fn misfit_around(value: &Value, schema: &Value, depth: usize) -> Option<String> {
    if depth > 32 || is_whole(value) {
        return None;
    }
    let allows = |name: &str| kinds::takes(schema, name);
    match value {
        Value::String(_) if !allows("string") => Some("it is a text".into()),
        Value::Array(_) if !allows("array") => Some("it is a list".into()),
        Value::Object(_) if !allows("object") => Some("it is an object".into()),
        Value::Array(items) => {
            let schema = schema.get("items").unwrap_or(&Value::Null);
            items.iter().find_map(|item| misfit_around(item, schema, depth + 1))
        }
        Value::Object(members) => misfit_members(members, schema, depth),
        _ => None,
    }
}

fn misfit_members(members: &Map<String, Value>, schema: &Value, depth: usize) -> Option<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    members.iter().find_map(|(name, member)| match properties.and_then(|properties| properties.get(name)) {
        Some(schema) => misfit_around(member, schema, depth + 1),
        None if closed => Some(format!("`{name}` is not declared")),
        None => None,
    })
}

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

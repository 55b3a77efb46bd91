//! Input: a person gives the values that the run waits for.

use std::collections::BTreeMap;

use metel_model::Code;
use metel_model::event::Event;
use metel_model::fault::{Fault, FieldFault};
use metel_model::json::pointer_push;
use metel_model::plan::MissingField;
use metel_model::status::{StepStatus, WaitingFor};
use serde_json::Value;

use super::turn::{Refusal, Turn};
use super::{PLAN_STEP, planning};
use crate::schema::Schema;

pub(super) fn give(turn: &mut Turn<'_, '_>, values: BTreeMap<String, Value>, by: String) -> Result<(), Refusal> {
    let waiting: Vec<(String, Vec<MissingField>)> = turn
        .run
        .steps
        .iter()
        .filter(|(_, s)| s.status == StepStatus::Waiting && s.waiting == Some(WaitingFor::Input))
        .map(|(id, s)| (id.clone(), s.missing.clone()))
        .collect();
    let open: Vec<&MissingField> = waiting.iter().flat_map(|(_, fields)| fields).collect();
    let mut faults = Vec::new();
    for (key, value) in &values {
        match open.iter().find(|field| field.key() == *key) {
            None => faults.push(FieldFault::new(
                pointer_push("", key),
                "the run does not ask for this",
                "실행이 묻지 않은 값이에요",
            )),
            Some(field) => faults.extend(check(field, value)),
        }
    }
    if values.is_empty() || open.is_empty() {
        return Err(Fault::new(Code::InputUnexpected)
            .detail("no value is asked for that was given", "묻고 있는 값이 오지 않았어요")
            .into());
    }
    if !faults.is_empty() {
        return Err(Fault::new(Code::FieldInvalid).fields(faults).into());
    }
    for (step, fields) in waiting {
        let own: BTreeMap<String, Value> = values
            .iter()
            .filter(|(key, _)| fields.iter().any(|f| f.key() == **key))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        if own.is_empty() {
            continue;
        }
        turn.emit(Event::InputGiven { step: step.clone(), values: own, by: by.clone() });
        if turn.run.steps.get(&step).is_some_and(|s| s.missing.is_empty()) {
            match step.as_str() {
                PLAN_STEP => planning::answered(turn)?,
                _ => turn.queue.push_back(step),
            }
        }
    }
    Ok(())
}

fn check(field: &MissingField, value: &Value) -> Vec<FieldFault> {
    if value.as_str() == Some(metel_model::plan::MISSING) {
        return vec![FieldFault::new(format!("/{}", field.key()), "is still missing", "아직 비어 있어요")];
    }
    if field.schema.is_null() {
        return Vec::new();
    }
    let Ok(schema) = Schema::compile(&field.schema) else { return Vec::new() };
    crate::contract::field_faults(&schema, value)
        .into_iter()
        .map(|fault| FieldFault { pointer: format!("/{}{}", field.key(), fault.pointer), message: fault.message })
        .collect()
}

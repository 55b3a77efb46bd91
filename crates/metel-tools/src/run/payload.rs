//! The last look at a payload: it fits the schema, and nothing in it is still open.

use metel_model::plan::MISSING;
use metel_model::stored::PAYLOAD_BYTES_MAX;
use metel_model::{Code, Fault};
use metel_rules::contract::Compiled;
use serde_json::Value;

pub(super) fn check(compiled: &Compiled, payload: &Value) -> Result<(), Fault> {
    let id = &compiled.contract.id;
    let faults = compiled.check_input(payload);
    if !faults.is_empty() {
        return Err(Fault::new(Code::PayloadInvalid).about(id).fields(faults));
    }
    if is_open(payload) {
        return Err(Fault::new(Code::PayloadInvalid)
            .detail(format!("{id}: a value is still missing"), format!("{id}: 아직 비어 있는 값이 있어요")));
    }
    if size(payload) > PAYLOAD_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).about(id));
    }
    Ok(())
}

fn is_open(value: &Value) -> bool {
    match value {
        Value::String(text) => text == MISSING,
        Value::Array(items) => items.iter().any(is_open),
        Value::Object(members) => members.values().any(is_open),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Bytes of text in a value, roughly as it will be sent.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(size).sum::<usize>() + items.len(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + 4 + size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

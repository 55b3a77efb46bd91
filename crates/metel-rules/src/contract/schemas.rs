//! Schema violations in the shape that errors carry.

use metel_model::fault::FieldFault;
use serde_json::Value;

use crate::schema::Schema;

/// Every way in which `value` does not fit.
pub fn field_faults(schema: &Schema, value: &Value) -> Vec<FieldFault> {
    schema
        .check(value)
        .into_iter()
        .map(|violation| FieldFault::new(violation.pointer, violation.message_en, violation.message_ko))
        .collect()
}

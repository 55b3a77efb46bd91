//! A value that must fit a schema: asked for, read, checked. What does not fit is a failure with
//! every misfit named, never a value.

use metel_model::effect::Usage;
use metel_model::fault::{FIELDS_MAX, FieldFault};
use metel_model::{Code, Fault};
use serde_json::Value;

use crate::model::{Call, Finish, Model, ModelFailure, Reply, Sink};

/// Asks `model` once for a value of the call's schema.
pub async fn value(model: &dyn Model, call: Call, sink: Option<Sink>) -> Result<(Value, Usage), ModelFailure> {
    let schema = call.schema.as_ref().map(|schema| schema.schema.clone()).unwrap_or(Value::Bool(true));
    let reply = model.chat(call, sink).await?;
    let usage = reply.usage.clone();
    let value = read(reply)?;
    match misfits(&schema, &value) {
        faults if faults.is_empty() => Ok((value, usage)),
        faults => {
            let fault = Fault::new(Code::ModelBadAnswer).fields(faults);
            Err(ModelFailure::new(fault, true).used(usage))
        }
    }
}

/// The reply's value, or why there is none.
pub fn read(reply: Reply) -> Result<Value, ModelFailure> {
    let Reply { value, usage, finish, .. } = reply;
    value.ok_or_else(|| {
        let failure = match finish {
            Finish::Length => {
                ModelFailure::bad_answer("the answer was cut off at the token limit", "답이 토큰 한도에서 잘렸어요")
            }
            _ => ModelFailure::bad_answer("the answer is not one JSON value", "답이 JSON 값 하나가 아니에요"),
        };
        failure.used(usage)
    })
}

/// Where `value` does not fit `schema`; empty when it does.
pub fn misfits(schema: &Value, value: &Value) -> Vec<FieldFault> {
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => {
            let why: String = error.to_string().chars().take(200).collect();
            return vec![FieldFault::new(
                "",
                format!("the schema is not valid: {why}"),
                format!("스키마가 올바르지 않아요: {why}"),
            )];
        }
    };
    validator
        .iter_errors(value)
        .take(FIELDS_MAX)
        .map(|error| {
            let why: String = error.to_string().chars().take(200).collect();
            FieldFault::new(error.instance_path().to_string(), why.clone(), why)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_misfit_is_named() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "additionalProperties": false});
        assert!(misfits(&schema, &json!({"a": "x"})).is_empty());
        let faults = misfits(&schema, &json!({"b": "x", "c": 1}));
        assert_eq!(faults.len(), 3);
        assert!(faults.iter().any(|fault| fault.pointer == "/b"));
        assert!(!misfits(&json!({"type": 3}), &json!(1)).is_empty());
    }
}

//! The described schema of a route's body, held against what comes in: what the description does not
//! allow is never taken, even where a reader of shapes would be more lenient.

use std::sync::{Arc, OnceLock};

use metel_model::code::Code;
use metel_model::fault::{Fault, FieldFault};
use metel_rules::contract::field_faults;
use metel_rules::schema::Schema;
use serde_json::Value;

use crate::openapi::schemas;
use crate::problem::Refused;

/// Empty for a route whose body is not read, or is checked by its handler.
#[derive(Debug, Clone, Default)]
pub struct Wall(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    schema: OnceLock<Value>,
    compiled: OnceLock<Option<Schema>>,
}

impl Wall {
    pub fn set(&self, schema: Value) {
        let _ = self.0.schema.set(schema);
    }

    /// Every way in which a body does not fit.
    pub fn faults(&self, body: &Value) -> Vec<FieldFault> {
        let Some(schema) = self.0.schema.get() else { return Vec::new() };
        let compiled = self.0.compiled.get_or_init(|| compile(schema));
        match compiled {
            Some(schema) => field_faults(schema, body),
            // A schema that cannot be used lets nothing through; a test holds that all can.
            None => vec![FieldFault::new("", "cannot be checked", "확인할 수 없어요")],
        }
    }

    pub fn check(&self, body: &Value) -> Result<(), Refused> {
        let faults = self.faults(body);
        if faults.is_empty() { Ok(()) } else { Err(Fault::new(Code::FieldInvalid).fields(faults).into()) }
    }
}

/// The schema with what it refers to.
fn compile(schema: &Value) -> Option<Schema> {
    let mut whole = schema.clone();
    if schema.to_string().contains("#/components/") {
        whole["components"] = serde_json::json!({"schemas": schemas::all()});
    }
    Schema::compile(&whole).inspect_err(|error| tracing::error!(%error, "a route's schema is of no use")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_no_object_and_an_unset_wall_lets_through() {
        let wall = Wall::default();
        assert!(wall.check(&json!([])).is_ok());
        wall.set(json!({"$ref": "#/components/schemas/Policy"}));
        assert!(wall.check(&json!({"rules": [{"id": "r", "effect": "deny"}]})).is_ok());
        assert!(wall.check(&json!({"rules": [["r", {}, "deny"]]})).is_err());
    }
}

//! "Did it already happen?", answered from what the reconciling read saw.

use metel_model::Micros;
use metel_model::contract::Idempotency;
use serde_json::Value;

use super::Compiled;
use super::names::{Names, value_of};
use super::wire::{self, RenderFault};

impl Compiled {
    /// `Ok(Some)`: it happened, with the output that the call would have given. `Ok(None)`: it did
    /// not. `Err`: this answer cannot tell.
    pub fn found(&self, response: &Value, input: &Value, since: Micros) -> Result<Option<Value>, String> {
        let Some(reconcile) = &self.reconcile else {
            return Err("the contract has no way to tell".to_owned());
        };
        let since = seconds(since);
        let names = [("response", response), ("input", input), ("since", &since)];
        match value_of(&reconcile.found, Names(&names)).map_err(|error| error.to_string())? {
            Value::Null => Ok(None),
            Value::Object(output) => Ok(Some(Value::Object(output))),
            other => Err(format!("the answer does not tell: {other}")),
        }
    }

    /// The reconciling read: its tool and its arguments.
    pub fn reconcile_call(&self, input: &Value, since: Micros) -> Option<Result<(String, Value), RenderFault>> {
        let compiled = self.reconcile.as_ref()?;
        let Idempotency::None { reconcile: Some(declared) } = &self.contract.idempotency else { return None };
        let since = seconds(since);
        let names = [("input", input), ("since", &since)];
        Some(wire::fill(&compiled.args, Names(&names)).map(|args| (declared.tool.clone(), args)))
    }
}

/// Seconds since 1970 with six decimals, as text: a double would round the last ones.
pub(super) fn seconds(at: Micros) -> Value {
    let micros = at.0.max(0);
    Value::String(format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000))
}

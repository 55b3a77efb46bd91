//! The names that a contract's expressions may read, borrowed for one evaluation.

use serde_json::Value;

use std::borrow::Cow;

use crate::cel::{CelError, Fuel, Program, Resolve};

/// Name and value pairs.
#[derive(Debug, Clone, Copy)]
pub struct Names<'v>(pub &'v [(&'static str, &'v Value)]);

impl Resolve for Names<'_> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| Cow::Borrowed(*value))
    }
}

/// Evaluates to JSON.
pub(super) fn value_of(program: &Program, names: Names<'_>) -> Result<Value, CelError> {
    Ok(program.evaluate(&names, Fuel::default())?.to_json())
}

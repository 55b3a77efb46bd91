//! Reads around a call: names become ids before it, members are added to its output after it.

use serde_json::Value;

use super::names::{Names, value_of};
use super::wire::{self, RenderFault, Template};
use crate::cel::Program;

/// A checked [`metel_model::contract::Lookup`].
#[derive(Debug)]
pub struct CompiledLookup {
    pub(super) given: Option<Program>,
    pub(super) read: Option<Read>,
}

#[derive(Debug)]
pub(super) struct Read {
    pub tool: String,
    pub args: Template,
    pub pick: Program,
}

impl CompiledLookup {
    /// The value itself, when the input needs no lookup.
    pub fn given(&self, input: &Value) -> Option<Value> {
        let program = self.given.as_ref()?;
        value_of(program, Names(&[("input", input)])).ok().filter(|value| !value.is_null())
    }

    /// The read to make: tool and arguments.
    pub fn call(&self, input: &Value) -> Option<Result<(String, Value), RenderFault>> {
        let read = self.read.as_ref()?;
        Some(wire::fill(&read.args, Names(&[("input", input)])).map(|args| (read.tool.clone(), args)))
    }

    /// The matches in the read's answer. Not a list: an expression's fault.
    pub fn matches(&self, response: &Value, input: &Value) -> Result<Vec<Value>, String> {
        let Some(read) = &self.read else { return Ok(Vec::new()) };
        let names = [("response", response), ("input", input)];
        match value_of(&read.pick, Names(&names)).map_err(|error| error.to_string())? {
            Value::Array(found) => Ok(found),
            other => Err(format!("the lookup gave no list: {other}")),
        }
    }
}

/// A checked [`metel_model::contract::After`].
#[derive(Debug)]
pub struct CompiledAfter {
    pub(super) tool: String,
    pub(super) args: Template,
    pub(super) value: Program,
    pub(super) otherwise: Program,
}

impl CompiledAfter {
    pub fn call(&self, input: &Value, output: &Value) -> Result<(String, Value), RenderFault> {
        let names = [("input", input), ("output", output)];
        wire::fill(&self.args, Names(&names)).map(|args| (self.tool.clone(), args))
    }

    /// The member's value from the read's answer; `None` when it holds none.
    pub fn value(&self, response: &Value) -> Option<Value> {
        value_of(&self.value, Names(&[("response", response)])).ok().filter(|value| !value.is_null())
    }

    /// The member's value when the read gave none.
    pub fn otherwise(&self, input: &Value, output: &Value) -> Value {
        let names = [("input", input), ("output", output)];
        value_of(&self.otherwise, Names(&names)).unwrap_or_default()
    }
}

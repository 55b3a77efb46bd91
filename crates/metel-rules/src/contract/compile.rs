//! A contract whose schemas, paths, expressions and templates are compiled.

use std::collections::BTreeMap;

use metel_model::contract::{AudienceKind, Contract};
use metel_model::fault::FieldFault;
use metel_model::{Digest, Lang, Micros};
use serde_json::Value;

use super::check;
use super::lookup::{CompiledAfter, CompiledLookup};
use super::preview;
use super::products::Source;
use super::schemas::field_faults;
use super::wire::{self, RenderFault, Request, Template};
use crate::cel::Program;
use crate::schema::Schema;

/// A contract ready for use. Shared behind an `Arc`; never changes.
#[derive(Debug)]
pub struct Compiled {
    pub contract: Contract,
    /// Pins this exact contract.
    pub digest: Digest,
    pub(super) input: Schema,
    pub(super) input_closed: Value,
    pub(super) output: Option<Schema>,
    pub(super) success: Option<Program>,
    pub(super) error: Option<Program>,
    /// Key → source and whether it may be absent.
    pub(super) products: BTreeMap<String, (Source, bool)>,
    pub(super) wire: Option<wire::Wire>,
    pub(super) reconcile: Option<CompiledReconcile>,
    pub(super) lookups: BTreeMap<String, CompiledLookup>,
    pub(super) after: BTreeMap<String, CompiledAfter>,
}

#[derive(Debug)]
pub(super) struct CompiledReconcile {
    pub args: Template,
    pub found: Program,
}

impl Compiled {
    /// Checks everything and reports every fault at once, each with its pointer into the contract.
    pub fn compile(contract: Contract) -> Result<Self, Vec<FieldFault>> {
        check::compile(contract)
    }

    /// Every way in which a payload does not fit the input schema.
    pub fn check_input(&self, payload: &Value) -> Vec<FieldFault> {
        field_faults(&self.input, payload)
    }

    /// Every way in which an answer does not fit the output schema.
    pub fn check_output(&self, output: &Value) -> Vec<FieldFault> {
        self.output.as_ref().map(|schema| field_faults(schema, output)).unwrap_or_default()
    }

    /// Takes members out that the input schema does not know; gives their pointers.
    pub fn strip(&self, payload: &mut Value) -> Vec<String> {
        crate::schema::strip_extra(&self.input_closed, payload)
    }

    /// The input schema as it is enforced: every object with properties closed.
    pub fn input_schema(&self) -> &Value {
        &self.input_closed
    }

    /// Input field → semantic type, from `requires` and the schema's `x-type`.
    pub fn requires(&self) -> BTreeMap<String, String> {
        let mut types = BTreeMap::new();
        let properties = self.contract.input_schema.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            if let Some(kind) = schema.get("x-type").and_then(Value::as_str) {
                types.insert(name.clone(), kind.to_owned());
            }
        }
        types.extend(self.contract.requires.clone());
        types
    }

    /// Who would receive a payload.
    pub fn audience(&self, payload: &Value) -> Option<(AudienceKind, String)> {
        let audience = self.contract.audience.as_ref()?;
        let receiver = match payload.get(&audience.field)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some((audience.kind, receiver))
    }

    /// What a person reads before the call. Plain text, hidden characters visible.
    pub fn preview(&self, lang: Lang, payload: &Value) -> String {
        preview::render(&self.contract, lang, payload)
    }

    /// The HTTP request of a payload; `None` for tools without HTTP. `since` is when the first
    /// attempt of the group was intended: transports may write it where a later read finds it.
    pub fn render(&self, payload: &Value, key: &str, since: Micros) -> Option<Result<Request, RenderFault>> {
        let wire = self.wire.as_ref()?;
        Some(wire.render(payload, &super::found::seconds(since), &self.contract.idempotency, key))
    }

    /// Reads that turn names into ids, in order.
    pub fn lookups(&self) -> &BTreeMap<String, CompiledLookup> {
        &self.lookups
    }

    /// Reads that add to the output.
    pub fn after(&self) -> &BTreeMap<String, CompiledAfter> {
        &self.after
    }
}

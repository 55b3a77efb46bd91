//! A contract whose schemas, paths, expressions and templates are compiled.

use std::collections::BTreeMap;

use metel_model::contract::{AudienceKind, Contract, Idempotency};
use metel_model::fault::FieldFault;
use metel_model::{Digest, Lang, Micros};
use serde_json::Value;

use super::check;
use super::lookup::{CompiledAfter, CompiledLookup};
use super::names::Names;
use super::preview;
use super::products::Source;
use super::schemas::field_faults;
use super::wire::{self, RenderFault, Request, Template};
use crate::cel::{Fuel, Program};
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
    /// Preparing calls, in order.
    pub(super) before: Vec<CompiledBefore>,
    pub(super) until: Option<CompiledUntil>,
    pub(super) reconcile: Option<CompiledReconcile>,
    pub(super) lookups: BTreeMap<String, CompiledLookup>,
    pub(super) after: BTreeMap<String, CompiledAfter>,
}

/// A checked [`metel_model::contract::Before`].
#[derive(Debug)]
pub struct CompiledBefore {
    pub name: String,
    pub(super) wire: wire::Wire,
    pub(super) success: Option<Program>,
}

/// A checked [`metel_model::contract::Until`].
#[derive(Debug)]
pub struct CompiledUntil {
    pub(super) wire: wire::Wire,
    pub(super) done: Program,
    pub every_ms: u64,
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
        self.render_after(payload, key, since, &Value::Null)
    }

    /// The same after its preparing calls, whose answers `before` holds by name.
    pub fn render_after(
        &self,
        payload: &Value,
        key: &str,
        since: Micros,
        before: &Value,
    ) -> Option<Result<Request, RenderFault>> {
        let wire = self.wire.as_ref()?;
        Some(wire.render(payload, &super::found::seconds(since), before, &self.contract.idempotency, key))
    }

    /// Calls that come first.
    pub fn before(&self) -> &[CompiledBefore] {
        &self.before
    }

    /// The read that waits for the end of the work.
    pub fn until(&self) -> Option<&CompiledUntil> {
        self.until.as_ref()
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

impl CompiledBefore {
    /// Its request; `before` holds the answers so far.
    pub fn render(&self, payload: &Value, since: Micros, before: &Value) -> Result<Request, RenderFault> {
        self.wire.render(payload, &super::found::seconds(since), before, &Idempotency::Natural, "")
    }

    /// Whether the main call may go on.
    pub fn is_success(&self, status: u16, response: &Value) -> bool {
        let status_value = Value::from(status);
        let names = [("response", response), ("status", &status_value)];
        (200..300).contains(&status)
            && self
                .success
                .as_ref()
                .is_none_or(|program| program.truth(&Names(&names), Fuel::default()).unwrap_or(false))
    }
}

impl CompiledUntil {
    pub fn render(&self, payload: &Value, since: Micros, before: &Value) -> Result<Request, RenderFault> {
        self.wire.render(payload, &super::found::seconds(since), before, &Idempotency::Natural, "")
    }

    /// Whether there is nothing more to wait for. An answer that cannot tell is none.
    pub fn is_done(&self, response: &Value) -> bool {
        self.done.truth(&Names(&[("response", response)]), Fuel::default()).unwrap_or(false)
    }
}

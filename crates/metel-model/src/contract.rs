//! A tool contract: the declared shape, risk, scopes and transport of one outside action.
//!
//! No contract, no call. A contract under one version never changes: its digest is pinned by
//! whatever was validated with it.

mod transport;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::Digest;
use crate::json::{self, CanonError};
use crate::lang::Text;
use crate::status::Risk;
pub use transport::{Answer, Before, Encoding, Field, Http, Method, Parameter, Place, Style, Transport, Until};

/// One contract file (YAML or JSON). Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// `service.verb_object`.
    pub id: String,
    /// Semantic version.
    pub version: String,
    pub title: Text,
    pub description: Text,
    /// Requests that should find this tool, in both languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// At least one.
    pub risk: Vec<Risk>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// JSON Schema 2020-12 of the arguments; objects are closed when the contract is compiled.
    /// Properties may carry `x-type` (semantic type), `x-ask` ({en, ko} question for a person)
    /// and `x-author: true` (a model may word this field).
    pub input_schema: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// State key → where it is in the output and what it means.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub produces: BTreeMap<String, Product>,
    /// Input field → semantic type, where the schema's `x-type` does not say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requires: BTreeMap<String, String>,
    /// CEL over `response` (the parsed body), `status` (HTTP) and `input`; false means the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
    /// CEL over the same names giving the service's own error code, for failure messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub transport: Transport,
    /// Input field → how the name that a person uses becomes the id that the service wants. Looked
    /// up in the order of the names, right before the call.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<String, Lookup>,
    /// Output member → a read after success that adds it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub after: BTreeMap<String, After>,
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    #[serde(default)]
    pub retry: Retry,
    pub idempotency: Idempotency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// JSONPaths of inputs (`$.input…`) and outputs (`$.output…`) that are secret or personal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitivity: Vec<String>,
    #[serde(default)]
    pub trust: Trust,
    /// Who receives what is sent: decides between inside and outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// Human preview of a payload: minijinja over `input`, `ko` and `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Text>,
    /// Whether and how it can be undone, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Text>,
    /// What a worker must be able to do for it: `ffmpeg`, `browser`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

fn default_timeout_ms() -> u64 {
    30_000
}

impl Contract {
    /// The part of the id before the dot.
    pub fn service(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }

    pub fn has_risk(&self, risk: Risk) -> bool {
        self.risk.contains(&risk)
    }

    /// True when somebody may feel its effect.
    pub fn is_consequential(&self) -> bool {
        self.risk.iter().any(|risk| risk.is_consequential())
    }

    /// The digest that pins this exact contract.
    pub fn digest(&self) -> Result<Digest, CanonError> {
        json::digest(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// One thing that a call leaves behind for later steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// JSONPath (RFC 9535) into the output; the first match counts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Instead of a path: CEL over `response`; null counts as absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cel: Option<String>,
    /// Semantic type such as `notion.page_url`, `url`, `text`, `rows`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A product that may be absent without failing the step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// When and how often a failed call is tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Calls in all, the first included.
    pub attempts: u32,
    pub backoff_ms: u64,
    pub backoff_ms_max: u64,
    /// HTTP statuses that may pass by themselves.
    pub statuses: Vec<u16>,
    /// The service's own error codes, as `error` gives them, that may pass by themselves and mean that nothing was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 5,
            backoff_ms: 500,
            backoff_ms_max: 60_000,
            statuses: vec![408, 409, 425, 429, 500, 502, 503, 504, 529],
            codes: Vec::new(),
        }
    }
}

/// Whether the same call may be sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Idempotency {
    /// Sending it twice is the same as sending it once.
    Natural,
    /// The receiver honours a key that metel sends.
    Key { place: KeyPlace, name: String },
    /// Sending it twice does it twice. `reconcile` can tell whether it already happened.
    None {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reconcile: Option<Reconcile>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    Header,
    Body,
}

/// A read that answers "did it already happen?".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// A read contract.
    pub tool: String,
    /// Its arguments, with references to `input` (the payload) and `since` (seconds since 1970, a decimal).
    pub args: Value,
    /// CEL over `response` (with the read's arguments as `asked` and the payload after its lookups
    /// as `sent`), `input`, `since`: the output as the original call would have given it;
    /// null when it did not happen; any other value when the answer cannot tell.
    pub found: String,
}

/// How a name becomes an id. First `given`, without a call; then the read, which must give one match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// CEL over `input`: the value itself when it needs no lookup, else null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// A read contract of the same service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Its arguments, with references to `input`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub args: Value,
    /// CEL over `response` and `input`: the list of matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<String>,
}

/// A read that adds one member to the output of a call that succeeded. It never fails the call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// A read contract of the same service.
    pub tool: String,
    /// Its arguments, with references to `input` and `output`.
    pub args: Value,
    /// CEL over `response`: the member's value.
    pub value: String,
    /// CEL over `input` and `output`: the value when the read gives none.
    pub otherwise: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub per_second: f64,
    #[serde(default = "one")]
    pub burst: u32,
}

fn one() -> u32 {
    1
}

/// Whether outsiders can write what the tool answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    #[default]
    Trusted,
    Untrusted,
}

/// The input field that names the receiver, and what kind of receiver it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    pub field: String,
    pub kind: AudienceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudienceKind {
    /// A channel: outside when the workspace's policy lists it as shared.
    Channel,
    /// An e-mail address: inside when its domain is the workspace's own.
    Email,
    /// Always somebody outside.
    Public,
}

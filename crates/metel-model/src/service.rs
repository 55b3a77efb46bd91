//! A service: an outside system that contracts speak to and connections are accounts at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lang::Text;

/// One `service.yaml`: where the service lives and how a caller shows who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The part of a tool id before the dot.
    pub id: String,
    pub title: Text,
    /// Base address, without a trailing slash. A connection may carry another one.
    pub base_url: String,
    /// Host names that calls may reach. A connection's own base address adds its host.
    #[serde(default)]
    pub hosts: Vec<String>,
    #[serde(default)]
    pub auth: Auth,
    /// Headers that every call carries.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Scopes that a new connection is given unless it says otherwise.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// A call that tells whether a connection works: tool id and arguments.
    #[serde(default)]
    pub test: Option<TestCall>,
    /// Path of its simulator under the sandbox address, such as `/notion`.
    #[serde(default)]
    pub sandbox_path: Option<String>,
    /// The sandbox's own credential for it.
    #[serde(default)]
    pub sandbox_credential: Option<String>,
    /// Names for things in its simulator: name → id.
    #[serde(default)]
    pub sandbox_aliases: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCall {
    pub tool: String,
    #[serde(default)]
    pub args: Value,
}

/// How a credential is put on a call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    #[default]
    None,
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// A header of the service's own.
    Header { name: String },
    /// A query parameter; only for services that know no header.
    Query { name: String },
}

/// What a run needs to know of a connection to decide: never the credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionFact {
    pub id: crate::id::ConnectionId,
    pub state: ConnectionState,
    #[serde(default)]
    pub scopes: Vec<String>,
    /// True when it writes to simulated services.
    #[serde(default)]
    pub sandbox: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    Ready,
    Expired,
    Revoked,
}

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
    /// How accounts are granted; none where only keys open it.
    #[serde(default)]
    pub oauth: Option<OAuth>,
}

/// How a service grants accounts by OAuth 2.0 (RFC 6749): where to ask, and what is its own way of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Where a person's browser is sent.
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
    /// Where tokens are taken back (RFC 7009).
    #[serde(default)]
    pub revoke_url: Option<String>,
    /// Who answers. An answer that names another is refused (RFC 9207).
    #[serde(default)]
    pub issuer: Option<String>,
    /// An answer that names nobody is refused as well.
    #[serde(default)]
    pub names_issuer: bool,
    /// What stands between scopes; a space unless the service has its own way.
    #[serde(default)]
    pub scope_separator: Option<String>,
    /// What else the browser's request carries.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
    /// Types that a granted token may have, beside `bearer`.
    #[serde(default)]
    pub token_types: Vec<String>,
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Takes signed assertions of service accounts (RFC 7523).
    #[serde(default)]
    pub service_accounts: bool,
    /// Path of its simulator under the sandbox's root, such as `/oauth/slack`.
    #[serde(default)]
    pub sandbox_path: Option<String>,
    /// Who metel is there; public, like everything of the sandbox.
    #[serde(default)]
    pub sandbox_client: Option<SandboxClient>,
}

/// A client that a simulated authorisation server knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxClient {
    pub id: String,
    pub secret: String,
}

/// How metel shows a token endpoint which client it is (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    #[default]
    Basic,
    Body,
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
    /// `Authorization: Basic …` of a credential `name:password` (RFC 7617).
    Basic,
    /// A header of the service's own.
    Header { name: String },
    /// A query parameter; only for services that know no header.
    Query { name: String },
    /// In the path, before everything else: `/bot<credential>/…`.
    Path { prefix: String },
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

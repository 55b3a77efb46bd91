//! A workspace's policy as data: what is allowed, denied, or asked about.

use serde::{Deserialize, Serialize};

use crate::lang::Text;
use crate::status::Risk;

/// One `policy.yaml`. Unknown fields are refused. The default policy has no rules: the risk table decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub rules: Vec<PolicyRule>,
    #[serde(default)]
    pub inside: Inside,
    /// How long an approval stays open; it fails closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_expires_ms: Option<u64>,
}

/// Who counts as inside the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Inside {
    /// Mail domains of our own.
    pub domains: Vec<String>,
    /// Channels that people outside can read, by name without `#` or by id.
    pub shared_channels: Vec<String>,
}

/// All named conditions must hold; a rule without any holds always.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    pub id: String,
    #[serde(default)]
    pub when: When,
    pub effect: PolicyEffect,
    #[serde(default)]
    pub reason: Text,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Tool id; a trailing `*` matches the rest.
    pub tool: Option<String>,
    pub service: Option<String>,
    pub risk: Vec<Risk>,
    pub agent: Option<String>,
    /// CEL over `input` (the payload), `tool`, `service`, `risk`, `pii` (kinds found), `untrusted` (pointers), `now`.
    pub condition: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyEffect {
    Allow,
    Deny,
    Approval,
}

/// A decision on one action's final payload, with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub effect: PolicyEffect,
    /// The rule that decided: `risk.write`, `pii.external_send`, or a workspace rule's id.
    pub rule: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Text>,
    /// Personal data found in the payload: pointer, kind, masked form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pii: Vec<PiiMark>,
    /// Pointers of fields that hold untrusted content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untrusted: Vec<String>,
    /// Set when the action goes to people outside the workspace.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PiiMark {
    pub pointer: String,
    pub kind: String,
    pub masked: String,
}

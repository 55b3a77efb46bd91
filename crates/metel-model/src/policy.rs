//! A workspace's policy as data: what is allowed, denied, or asked about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lang::Text;
use crate::provenance::Origin;
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
    /// Who decides what this rule asks about: `user:NAME` or `group:NAME`; anybody who may decide where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How many different people have to approve; one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<u32>,
    /// Whoever asked for the action may not approve it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub separation: bool,
    /// Who else is asked when nobody has decided for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
}

/// After a time a question is also put to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    pub after_ms: u64,
    /// `user:NAME` or `group:NAME`.
    pub to: Vec<String>,
}

/// What a rule needs of an approval beyond one yes. Several needs have to be met all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The rule that asks for it.
    pub rule: String,
    /// `user:NAME` or `group:NAME`; anybody who may decide where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How many different people.
    pub quorum: u32,
    /// Not whoever asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub separation: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Tool id; a trailing `*` matches the rest.
    pub tool: Option<String>,
    pub service: Option<String>,
    pub risk: Vec<Risk>,
    pub agent: Option<String>,
    /// CEL over `input` (the payload), `tool`, `service`, `risk`, `pii` (kinds found), `untrusted` (pointers),
    /// `outside`, `requester`, `agent`, `amount`, `recipients`, `domains`, `origins`, `now`.
    pub condition: Option<String>,
    /// How much money the payload names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Span>,
    /// Some receiver's mail domain is one of these; `*.x.com` stands for all below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Some value of the payload comes from one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
}

/// Amounts: more than `over`, less than `under`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Span {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under: Option<f64>,
}

/// A time of day, `from` included and `to` not; over midnight where `to` is the earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// `HH:MM`.
    pub from: String,
    pub to: String,
    /// IANA name of the time zone.
    #[serde(default = "utc")]
    pub zone: String,
    /// `mon` … `sun`; every day where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
}

fn utc() -> String {
    "UTC".to_owned()
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
    /// Where each value of the payload comes from, by pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, Origin>,
    /// Set when the action goes to people outside the workspace.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
    /// Who has to approve; where there is any, nothing but people's votes lets the action pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// An agent's call that nobody whose word counts asked for: content drove it. Only a person who sees
    /// this very payload lets it go; nothing standing covers it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub driven: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PiiMark {
    pub pointer: String,
    pub kind: String,
    pub masked: String,
}

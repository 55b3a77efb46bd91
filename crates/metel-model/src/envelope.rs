//! An envelope: what a person approves of a plan as a whole, so that nothing within it asks again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::approval::Channel;
use crate::hash::Digest;
use crate::id::RunId;
use crate::json::{self, CanonError};
use crate::time::Micros;

/// Most calls that one envelope covers.
pub const CALLS_MAX: u32 = 1_000;

/// A plan and the bounds within which it may act. Unknown members are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub run: RunId,
    /// The workflow that the run followed when it was shown.
    pub workflow: Digest,
    pub tools: BTreeSet<String>,
    /// Receivers, as payloads name them.
    #[serde(default)]
    pub recipients: BTreeSet<String>,
    /// The largest amount that one call may name, in millionths; none: no amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_micros: Option<i64>,
    /// Calls that it covers in all, those of `exact` included.
    pub calls: u32,
    /// Payloads that are covered exactly as they are, by their approval digests, each once: the only way in
    /// which destruction, money and personal data going outside come in.
    #[serde(default)]
    pub exact: BTreeSet<Digest>,
    pub until: Micros,
}

impl Envelope {
    /// What an approval of it is bound to.
    pub fn digest(&self) -> Result<Digest, CanonError> {
        json::digest(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// An envelope that a person approved, and what it has let pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    pub digest: Digest,
    pub envelope: Envelope,
    pub by: String,
    pub channel: Channel,
    #[serde(default)]
    pub used: u32,
    /// Exact payloads that went out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub spent: BTreeSet<Digest>,
}

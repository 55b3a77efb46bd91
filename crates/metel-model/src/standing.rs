//! A standing rule: a person's yes to everything like one action, within bounds and until a day.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::StandingId;
use crate::time::Micros;

/// Most uses of one rule, and how long it may hold: ninety days.
pub const USES_MAX: u32 = 10_000;
pub const HOLDS_MS_MAX: u64 = 90 * 24 * 60 * 60 * 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub id: StandingId,
    pub tool: String,
    /// Receivers, as payloads name them; none: the tool reaches nobody.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub receivers: BTreeSet<String>,
    /// The largest amount that one call may name, in millionths; none: no amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_micros: Option<i64>,
    pub until: Micros,
}

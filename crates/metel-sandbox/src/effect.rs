//! One state-changing call that happened: the unit of counting, of the ledger and of rebuilding.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A recorded effect; one JSON line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Place in the history, from 1, without gaps.
    pub seq: u64,
    /// When it happened, microseconds UTC.
    pub at: i64,
    /// Service path prefix.
    pub service: String,
    /// Operation as counted, such as `create_page`.
    pub op: String,
    /// `Idempotency-Key` that came with the call, whether or not the vendor honours it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `Metel-Run` or `X-Metel-Run` that came with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What it acted on: a page, channel, spreadsheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Id of what it made.
    pub id: String,
    /// SHA-256 of the request body as received, hexadecimal.
    pub body_sha256: String,
    /// The request as understood; enough to apply the effect again.
    pub body: Value,
}

/// An effect before it has a place in the history.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub service: &'static str,
    pub op: &'static str,
    pub target: Option<String>,
    pub body: Value,
}

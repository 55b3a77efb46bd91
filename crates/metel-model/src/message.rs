//! Messages between runs, people and the outside, and who waits for them. Plain data: who gets what is
//! decided where messages are kept.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;
use crate::stored::Stored;
use crate::time::Micros;

/// How long a message that nobody waits for is kept unless it says otherwise, in milliseconds.
pub const KEPT_MS: u64 = 24 * 60 * 60 * 1_000;
/// Longest name of a message, in bytes.
pub const NAME_BYTES_MAX: usize = 512;
/// Longest correlation, in bytes.
pub const CORRELATION_BYTES_MAX: usize = 1_024;

/// A published message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub name: String,
    /// Tells messages of one name apart: an order's number, say. Empty for none.
    pub correlation: String,
    pub body: Stored,
    /// Whether the body counts as written by outsiders.
    pub untrusted: bool,
    /// `user:…`, `run:…`, `webhook:…`.
    pub by: String,
    pub at: Micros,
    /// Nobody gets it from then on.
    pub expires: Micros,
}

/// A step that waits for a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub step: String,
    pub name: String,
    pub correlation: String,
    /// Nothing is given to it from then on; `PARKED` for no end.
    pub until: Micros,
}

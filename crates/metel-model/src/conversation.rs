//! A conversation between metel and an agent that may use tools: a chain of links, each stored once by its
//! content hash, so that a further round costs what is new in it and not what was said before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::hash::Digest;
use crate::stored::Stored;

/// Calls of one round at most; what is named beyond them is not carried out and has no result.
pub const CALLS_MAX: usize = 16;
/// Rounds of calls unless the node says otherwise, and the most that it may say.
pub const ROUNDS: (u32, u32) = (12, 1_000);
/// The same call with the same arguments is carried out so often; the next one is refused.
pub const SAME_MAX: u32 = 3;
/// What a call gives back is kept by hash from so many bytes on: the log and the state stay small.
pub const RESULT_INLINE_BYTES_MAX: usize = 512;

/// How far an agent's step is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// Rounds that named calls, the current one included.
    pub round: u32,
    /// The newest link; none before the first round is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Digest>,
    /// The calls of the round that is under way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Called>,
    /// How often a call was named: tool and arguments by the first half of their hash.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, u32>,
    /// Outsiders may have written a part of what the agent has read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
}

/// A call that an agent named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Called {
    pub tool: String,
    pub args: Stored,
    /// Why it is not carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Fault>,
}

/// One round that is over: what the agent said and what came of its calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
    /// The agent's reply: `{"text"?, "calls": [{"tool", "args"}]}`.
    pub said: Stored,
    /// In the order of the calls.
    pub results: Vec<Returned>,
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    pub tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Stored>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Outsiders may have written it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
    /// The call went out, or may have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sent: bool,
}

impl Link {
    /// Every stored value that it names, the link before it first.
    pub fn names(&self) -> impl Iterator<Item = Digest> + '_ {
        let stored = std::iter::once(&self.said).chain(self.results.iter().filter_map(|result| result.output.as_ref()));
        let values = stored.filter_map(|stored| match stored {
            Stored::Blob { digest, .. } => Some(*digest),
            Stored::Inline(_) => None,
        });
        self.prev.into_iter().chain(values)
    }
}

//! An approval: a person's decision on one exact payload.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::Digest;
use crate::id::{ApprovalId, RunId};
use crate::lang::Text;
use crate::policy::Verdict;
use crate::status::{ApprovalStatus, Risk};
use crate::stored::Stored;
use crate::time::Micros;

/// What a person is asked about. It is bound to `digest`: over tool, its version, the payload and the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    pub id: ApprovalId,
    pub step: String,
    pub digest: Digest,
    /// Contract id; absent for a gate that only asks to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub title: Text,
    pub payload: Stored,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risk: Vec<Risk>,
    pub verdict: Verdict,
    /// Whether it can be undone, in words of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Text>,
    pub expires_at: Micros,
}

/// An approval as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    pub run: RunId,
    pub status: ApprovalStatus,
    #[serde(flatten)]
    pub ask: Ask,
    pub created_at: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
}

/// Who decided, when and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    pub by: String,
    pub channel: Channel,
    pub at: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Everybody who approved it, where it took several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// What was said and done about it before; not where the run is about a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hearing: Option<Box<Hearing>>,
}

/// What happens with a question between asking and deciding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hearing {
    pub approval: ApprovalId,
    pub asked_at: Micros,
    /// Rules whose question was also put to others, because nobody had decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handed: Vec<Handover>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub talk: Vec<Exchange>,
}

impl Hearing {
    pub fn new(approval: ApprovalId, asked_at: Micros) -> Self {
        Self { approval, asked_at, escalated: Vec::new(), handed: Vec::new(), talk: Vec::new() }
    }
}

/// Somebody's right to decide went to somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    pub from: String,
    pub to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub at: Micros,
}

/// A question back, and what was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    pub by: String,
    pub text: String,
    pub at: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Reply>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub by: String,
    pub text: String,
    pub at: Micros,
}

/// One person's yes to one exact payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    pub by: String,
    pub digest: Digest,
    pub channel: Channel,
    pub at: Micros,
}

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    Approve {
        /// Also approve further calls of the same tool to the same receiver in this run.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all_like_this: bool,
    },
    /// Approve another payload; it is checked again.
    Edit { payload: Value },
    /// Approve with personal data masked.
    Mask {},
    Reject {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Web,
    Cli,
    Api,
    System,
    /// A one-time link.
    Link,
    Slack,
    Telegram,
}

//! What a run may know of its workspace when it decides. Kept by content hash, so that a replay
//! decides with exactly what the live run saw.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::service::ConnectionFact;
use crate::standing::Standing;

/// The changeable surroundings of a decision. A run binds one digest of this and records when it changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    pub policy: Policy,
    /// Service → its connection.
    pub connections: BTreeMap<String, ConnectionFact>,
    /// Tools that are switched off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disabled: Vec<String>,
    /// How many people may approve: with two or more, nobody approves money that they asked for.
    #[serde(default)]
    pub approvers: u32,
    /// Group → its members as `user:NAME`, active ones only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// What people have said yes to once for all; rules that are over or used up are not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Standing>,
    /// True where a model is configured for planning and wording.
    #[serde(default)]
    pub model: bool,
}

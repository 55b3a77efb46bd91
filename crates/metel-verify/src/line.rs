//! What the lines of an export hold. Each is one JSON object; `type` says which of these it is.

use std::borrow::Cow;

use serde::Deserialize;

use crate::hash::{Bytes32, leaf, of_parts, read, read_some};

/// Any line.
#[derive(Deserialize)]
pub struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
}

/// The first line.
#[derive(Deserialize)]
pub struct Head {
    pub v: u32,
    pub workspace: String,
}

/// A public key of the notary; each but the first is signed by the one before it.
#[derive(Deserialize)]
pub struct Key {
    pub number: u64,
    #[serde(deserialize_with = "read")]
    pub public: Bytes32,
    pub at: i64,
    #[serde(default, deserialize_with = "read_some")]
    pub previous: Option<Bytes32>,
    #[serde(default, deserialize_with = "read_some")]
    pub signature: Option<[u8; 64]>,
}

impl Key {
    /// What the key before it signs.
    pub fn hash(&self, workspace: &[u8; 16]) -> Bytes32 {
        of_parts(&[b"metel notary key 1", workspace, &self.number.to_be_bytes(), &self.at.to_be_bytes(), &self.public])
    }
}

/// A signed statement of where chains stood.
#[derive(Deserialize, Clone, Debug)]
pub struct Checkpoint {
    pub workspace: String,
    pub number: u64,
    pub at: i64,
    #[serde(deserialize_with = "read")]
    pub previous: Bytes32,
    pub leaves: u64,
    #[serde(deserialize_with = "read")]
    pub root: Bytes32,
    pub chains: u64,
    pub events: u64,
    #[serde(deserialize_with = "read")]
    pub key: Bytes32,
    #[serde(deserialize_with = "read")]
    pub signature: [u8; 64],
}

impl Checkpoint {
    /// What is signed, and what the next checkpoint names as `previous`.
    pub fn hash(&self, workspace: &[u8; 16]) -> Bytes32 {
        of_parts(&[
            b"metel checkpoint 1",
            workspace,
            &self.number.to_be_bytes(),
            &self.at.to_be_bytes(),
            &self.previous,
            &self.leaves.to_be_bytes(),
            &self.root,
            &self.chains.to_be_bytes(),
            &self.events.to_be_bytes(),
            &self.key,
        ])
    }
}

/// Where one chain stood. Leaves follow their checkpoint.
#[derive(Deserialize, Clone, Debug)]
pub struct Leaf {
    pub run: String,
    /// Its last event.
    pub seq: u64,
    #[serde(deserialize_with = "read")]
    pub head: Bytes32,
}

impl Leaf {
    pub fn hash(&self) -> Option<Bytes32> {
        Some(leaf(&crate::hash::id(&self.run)?, self.seq, &self.head))
    }
}

/// A checkpoint that was kept elsewhere, with what it names if that was kept too.
#[derive(Deserialize, Clone, Debug)]
pub struct Kept {
    #[serde(flatten)]
    pub checkpoint: Checkpoint,
    #[serde(default)]
    pub named: Vec<Leaf>,
}

/// A chain begins; its entries follow. The journal has no end of its own.
#[derive(Deserialize)]
pub struct Run {
    pub run: String,
    pub seq: Option<u64>,
    #[serde(default, deserialize_with = "read_some")]
    pub head: Option<Bytes32>,
}

/// One transition: `count` events, of which `seq` is the first, exactly as they were hashed.
#[derive(Deserialize)]
pub struct Entry<'a> {
    pub seq: u64,
    pub count: u64,
    pub at: i64,
    #[serde(borrow)]
    pub actor: Cow<'a, str>,
    #[serde(borrow)]
    pub command: Cow<'a, str>,
    #[serde(borrow)]
    pub body: Cow<'a, str>,
    #[serde(deserialize_with = "read")]
    pub hash: Bytes32,
}

impl Entry<'_> {
    /// The hash that chains it to the entry before it.
    pub fn chain(&self, previous: &Bytes32, workspace: &[u8; 16], run: &[u8; 16]) -> Bytes32 {
        of_parts(&[
            previous,
            workspace,
            run,
            &self.seq.to_be_bytes(),
            self.command.as_bytes(),
            self.actor.as_bytes(),
            &self.at.to_be_bytes(),
            self.body.as_bytes(),
        ])
    }
}

/// The last line: how many there were of each.
#[derive(Deserialize)]
pub struct End {
    pub keys: u64,
    pub checkpoints: u64,
    pub runs: u64,
    pub entries: u64,
}

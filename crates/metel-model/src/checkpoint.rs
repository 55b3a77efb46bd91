//! Checkpoints: numbered, chained, signed statements of where every chain of a workspace stood.
//!
//! A chain is a run's log, or the workspace's own journal (whose id is the workspace's). Shapes and
//! hashes only: who signs, and when, is decided elsewhere. docs/audit.md gives the formats byte by byte.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hash::Digest;
use crate::id::{RunId, WorkspaceId};
use crate::time::Micros;

/// Most chains that one checkpoint names.
pub const LEAVES_MAX: usize = 5_000;

/// Bytes of a fixed length; written as hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

/// An Ed25519 public key (RFC 8032).
pub type PublicKey = Hex<32>;
/// An Ed25519 signature (RFC 8032).
pub type Signature = Hex<64>;

impl<const N: usize> Hex<N> {
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 2 * N {
            return None;
        }
        let nibble = |b: u8| char::from(b).to_digit(16).map(|n| n as u8);
        let mut out = [0u8; N];
        for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *slot = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(out))
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{} hexadecimal characters", 2 * N)))
    }
}

/// Where one chain stood: its newest event and the hash of the entry that ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    pub run: RunId,
    /// Number of its last event.
    pub seq: u64,
    pub head: Digest,
}

impl Leaf {
    /// SHA-256 over 0, the run's id, the event's number, the head (RFC 6962's leaf).
    fn hash(&self) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update([0]);
        hasher.update(self.run.as_bytes());
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.head.0);
        Digest(hasher.finalize().into())
    }
}

/// The Merkle root (RFC 6962) over leaves that are sorted by run; zero where there are none.
pub fn root(leaves: &[Leaf]) -> Digest {
    let hashes: Vec<Digest> = leaves.iter().map(Leaf::hash).collect();
    root_of(&hashes)
}

fn root_of(hashes: &[Digest]) -> Digest {
    match hashes {
        [] => Digest::ZERO,
        [one] => *one,
        _ => {
            // The largest power of two that is less than their number.
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            let mut hasher = Sha256::new();
            hasher.update([1]);
            hasher.update(root_of(left).0);
            hasher.update(root_of(right).0);
            Digest(hasher.finalize().into())
        }
    }
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    pub workspace: WorkspaceId,
    /// From 1, without gaps.
    pub number: u64,
    pub at: Micros,
    /// Hash of the checkpoint before it; zero for the first.
    pub previous: Digest,
    /// How many chains it names.
    pub leaves: u64,
    /// Merkle root over them.
    pub root: Digest,
    /// How many chains this and all checkpoints before it name, each counted once.
    pub chains: u64,
    /// How many events these chains hold.
    pub events: u64,
    pub key: PublicKey,
    /// Over its hash.
    pub signature: Signature,
}

impl Checkpoint {
    /// SHA-256 over length-prefixed parts: everything but the signature.
    pub fn hash(&self) -> Digest {
        Digest::of_parts(&[
            b"metel checkpoint 1",
            self.workspace.as_bytes(),
            &self.number.to_be_bytes(),
            &self.at.0.to_be_bytes(),
            &self.previous.0,
            &self.leaves.to_be_bytes(),
            &self.root.0,
            &self.chains.to_be_bytes(),
            &self.events.to_be_bytes(),
            &self.key.0,
        ])
    }
}

/// A public key of the workspace's notary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotaryKey {
    /// From 1, without gaps. Once a key has signed, no earlier one signs any more.
    pub number: u64,
    pub public: PublicKey,
    pub at: Micros,
    /// The key before it, and that key's signature over this one's [`NotaryKey::hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PublicKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl NotaryKey {
    /// What the key before it signs.
    pub fn hash(&self, workspace: WorkspaceId) -> Digest {
        Digest::of_parts(&[
            b"metel notary key 1",
            workspace.as_bytes(),
            &self.number.to_be_bytes(),
            &self.at.0.to_be_bytes(),
            &self.public.0,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn leaf(n: u128) -> Leaf {
        Leaf { run: RunId(Uuid::from_u128(n)), seq: n as u64 + 1, head: Digest::of(&n.to_be_bytes()) }
    }

    #[test]
    fn every_leaf_and_its_place_count() {
        for count in 1..20 {
            let leaves: Vec<Leaf> = (0..count).map(leaf).collect();
            let whole = root(&leaves);
            for i in 0..leaves.len() {
                let mut other = leaves.clone();
                other[i].seq += 1;
                assert_ne!(root(&other), whole);
                other.remove(i);
                assert_ne!(root(&other), whole);
            }
            let mut turned = leaves.clone();
            turned.reverse();
            assert!(count == 1 || root(&turned) != whole);
        }
    }

    #[test]
    fn hex_goes_there_and_back() {
        let key = Hex::<32>([0xa5; 32]);
        assert_eq!(Hex::parse(&key.to_string()), Some(key));
        assert_eq!(Hex::<64>::parse(&key.to_string()), None);
        assert_eq!(serde_json::from_str::<PublicKey>(&serde_json::to_string(&key).unwrap()).unwrap(), key);
    }

    #[test]
    fn all_but_the_signature_is_hashed() {
        let one = Checkpoint {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            number: 1,
            at: Micros(2),
            previous: Digest::ZERO,
            leaves: 3,
            root: Digest::of(b"r"),
            chains: 4,
            events: 5,
            key: Hex([6; 32]),
            signature: Hex([7; 64]),
        };
        let hash = one.hash();
        assert_eq!(Checkpoint { signature: Hex([8; 64]), ..one.clone() }.hash(), hash);
        for other in [
            Checkpoint { workspace: WorkspaceId(Uuid::from_u128(2)), ..one.clone() },
            Checkpoint { number: 2, ..one.clone() },
            Checkpoint { at: Micros(3), ..one.clone() },
            Checkpoint { previous: Digest::of(b"p"), ..one.clone() },
            Checkpoint { leaves: 4, ..one.clone() },
            Checkpoint { root: Digest::ZERO, ..one.clone() },
            Checkpoint { chains: 5, ..one.clone() },
            Checkpoint { events: 6, ..one.clone() },
            Checkpoint { key: Hex([7; 32]), ..one.clone() },
        ] {
            assert_ne!(other.hash(), hash);
        }
    }
}

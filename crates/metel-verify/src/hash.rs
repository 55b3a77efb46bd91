//! The hashes, ids and signatures of the record, written down once more from their description.

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

/// 32 bytes: a SHA-256 digest or an Ed25519 public key. In text, 64 hexadecimal characters.
pub type Bytes32 = [u8; 32];

/// SHA-256 over parts, each preceded by its length in 8 bytes, big end first.
pub fn of_parts(parts: &[&[u8]]) -> Bytes32 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A leaf of a checkpoint's tree (RFC 6962): 0, chain id, number of its last event, hash of its last entry.
pub fn leaf(run: &[u8; 16], seq: u64, head: &Bytes32) -> Bytes32 {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(run);
    hasher.update(seq.to_be_bytes());
    hasher.update(head);
    hasher.finalize().into()
}

/// The root of the tree over leaves (RFC 6962): split at the largest power of two below their number.
pub fn root(leaves: &[Bytes32]) -> Bytes32 {
    match leaves {
        [] => [0; 32],
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let mut hasher = Sha256::new();
            hasher.update([1]);
            hasher.update(root(left));
            hasher.update(root(right));
            hasher.finalize().into()
        }
    }
}

/// Whether the key signed these 32 bytes (Ed25519, RFC 8032; weak keys and bendable signatures are refused).
pub fn is_signed(key: &Bytes32, message: &Bytes32, signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

/// Reads `N` bytes from hexadecimal characters.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    if digits.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(out)
}

/// Reads the 16 bytes of an id: a prefix, `_`, and 26 characters of Crockford's base 32.
pub fn id(text: &str) -> Option<[u8; 16]> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let (_, letters) = text.split_once('_')?;
    if letters.len() != 26 || !letters.starts_with(['0', '1', '2', '3', '4', '5', '6', '7']) {
        return None;
    }
    let mut bits: u128 = 0;
    for letter in letters.chars() {
        bits = bits << 5 | ALPHABET.find(letter)? as u128;
    }
    Some(bits.to_be_bytes())
}

/// For fields that are bytes in hexadecimal.
pub fn read<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    unhex(&text).ok_or_else(|| serde::de::Error::custom(format!("{} hexadecimal characters", 2 * N)))
}

/// For such fields that may be absent.
pub fn read_some<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<Option<[u8; N]>, D::Error> {
    read(from).map(Some)
}

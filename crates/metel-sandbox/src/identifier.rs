//! Ids made from the seed and a place in the ledger: the same history gives the same ids, so a
//! rebuilt sandbox answers links that it gave before it was killed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// SHA-256 of length-prefixed parts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// SHA-256 of bytes in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&<[u8; 32]>::from(Sha256::digest(bytes)))
}

/// A version-4-shaped UUID from `space` and `name`, with dashes.
pub(crate) fn uuid_from(space: &str, name: &str) -> String {
    let full = digest(&[space.as_bytes(), name.as_bytes()]);
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&full[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// `length` characters of `0-9A-Z` from `space` and `name`, as in Slack ids.
pub(crate) fn letters_from(space: &str, name: &str, length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    digest(&[space.as_bytes(), name.as_bytes()])
        .iter()
        .cycle()
        .take(length)
        .map(|byte| char::from(ALPHABET[usize::from(byte % 36)]))
        .collect()
}

/// A number from a seed and a counter, for fault draws.
pub(crate) fn draw(seed: u64, counter: u64) -> f64 {
    let full = digest(&[&seed.to_be_bytes(), &counter.to_be_bytes()]);
    let mut head = [0u8; 4];
    head.copy_from_slice(&full[..4]);
    f64::from(u32::from_be_bytes(head)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_place_same_id() {
        assert_eq!(uuid_from("a", "1"), uuid_from("a", "1"));
        assert_ne!(uuid_from("a", "1"), uuid_from("a", "2"));
        assert_ne!(uuid_from("a", "b1"), uuid_from("ab", "1"));
        assert_eq!(letters_from("c", "general", 9).len(), 9);
        assert!((0.0..1.0).contains(&draw(1, 2)));
    }
}

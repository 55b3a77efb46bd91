//! One authenticated encryption: nonce, then ciphertext with its tag.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use metel_model::{Code, Fault};
use rand::TryRng as _;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

pub(super) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Fresh bytes of the operating system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0u8; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| Fault::new(Code::Internal).about("no randomness"))?;
    Ok(bytes)
}

pub(super) fn seal(key: &[u8; KEY_BYTES], bound_to: &[u8], clear: &[u8]) -> Result<Vec<u8>, Fault> {
    let nonce: [u8; NONCE_BYTES] = random()?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload { msg: clear, aad: bound_to };
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| Fault::new(Code::Internal).about("the secret is too long"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

pub(super) fn open(key: &[u8; KEY_BYTES], bound_to: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let unreadable = || Fault::new(Code::VaultUnreadable);
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(unreadable)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| unreadable())?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let clear =
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: bound_to }).map_err(|_| unreadable())?;
    Ok(Zeroizing::new(clear))
}

/// Parts with their lengths, so that no two bindings run together.
pub(super) fn binding(parts: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

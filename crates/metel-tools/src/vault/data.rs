//! A workspace's data key, and secrets sealed with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_model::{Digest, Fault};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::cipher::{KEY_BYTES, binding, open, seal};

/// Sealed bytes as they are stored: nonce, ciphertext, tag. They tell nothing without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

fn placed(purpose: &str, place: &[String]) -> Vec<u8> {
    let parts: Vec<&str> = std::iter::once(purpose).chain(place.iter().map(String::as_str)).collect();
    binding(&parts)
}

/// Opens and seals the secrets of one workspace. Wiped when dropped; printing it shows nothing.
#[derive(Debug)]
pub struct DataKey {
    workspace: String,
    key: SecretBox<[u8; KEY_BYTES]>,
}

impl DataKey {
    pub(super) fn new(workspace: &str, key: [u8; KEY_BYTES]) -> Self {
        Self { workspace: workspace.to_owned(), key: SecretBox::new(Box::new(key)) }
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        self.key.expose_secret()
    }

    fn bound_to(&self, name: &str, version: u64) -> Vec<u8> {
        binding(&["metel secret", &self.workspace, name, &version.to_string()])
    }

    /// Seals a text for one purpose and place; base64 of nonce, ciphertext, tag.
    pub fn seal_text(&self, purpose: &str, place: &[String], clear: &str) -> Result<String, Fault> {
        self.seal_bytes(purpose, place, clear.as_bytes()).map(|sealed| STANDARD.encode(sealed))
    }

    /// Opens what was sealed for exactly this purpose and place.
    pub fn open_text(&self, purpose: &str, place: &[String], sealed: &str) -> Result<String, Fault> {
        let unreadable = || Fault::new(metel_model::Code::VaultUnreadable);
        let sealed = STANDARD.decode(sealed).map_err(|_| unreadable())?;
        String::from_utf8(self.open_bytes(purpose, place, &sealed)?).map_err(|_| unreadable())
    }

    pub fn seal_bytes(&self, purpose: &str, place: &[String], clear: &[u8]) -> Result<Vec<u8>, Fault> {
        seal(self.bytes(), &placed(purpose, place), clear)
    }

    pub fn open_bytes(&self, purpose: &str, place: &[String], sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        open(self.bytes(), &placed(purpose, place), sealed).map(|clear| clear.to_vec())
    }

    /// A name for something of this digest that tells nothing to whoever lacks the key.
    pub fn name_of(&self, digest: &Digest) -> Digest {
        Digest::of_parts(&[b"metel sealed value", self.bytes(), &digest.0])
    }

    /// Seals a secret under its name and version.
    pub fn seal(&self, name: &str, version: u64, secret: &SecretString) -> Result<Sealed, Fault> {
        seal(self.bytes(), &self.bound_to(name, version), secret.expose_secret().as_bytes()).map(Sealed)
    }

    /// Opens what was sealed in this workspace under exactly this name and version.
    pub fn open(&self, name: &str, version: u64, sealed: &Sealed) -> Result<SecretString, Fault> {
        let clear = open(self.bytes(), &self.bound_to(name, version), &sealed.0)?;
        let text = std::str::from_utf8(&clear).map_err(|_| Fault::new(metel_model::Code::VaultUnreadable))?;
        Ok(SecretString::from(text))
    }
}

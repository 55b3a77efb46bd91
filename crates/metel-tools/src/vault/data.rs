//! A workspace's data key, and secrets sealed with it.

use metel_model::Fault;
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

//! Signing with Ed25519 (RFC 8032): a private key that is only ever stored sealed, and the check of a signature.

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use metel_model::checkpoint::{PublicKey, Signature};
use metel_model::{Code, Digest, Fault};
use secrecy::{ExposeSecret, SecretString};

use super::cipher::random;
use super::data::{DataKey, Sealed};

/// A private key. Wiped when dropped; printing it shows its public half only.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.public())
    }
}

/// The name that a private key is sealed under: bound to its public half.
fn name(public: &PublicKey) -> String {
    format!("notary {public}")
}

impl Signer {
    /// A fresh key.
    pub fn generate() -> Result<Self, Fault> {
        random().map(|seed: [u8; 32]| Self(SigningKey::from_bytes(&seed)))
    }

    pub fn public(&self) -> PublicKey {
        metel_model::checkpoint::Hex(self.0.verifying_key().to_bytes())
    }

    pub fn sign(&self, digest: &Digest) -> Signature {
        metel_model::checkpoint::Hex(self.0.sign(&digest.0).to_bytes())
    }

    pub fn seal(&self, under: &DataKey) -> Result<Sealed, Fault> {
        let hex = Digest(self.0.to_bytes()).hex();
        under.seal(&name(&self.public()), 1, &SecretString::from(hex))
    }

    /// Opens the private half of `public`.
    pub fn open(under: &DataKey, public: &PublicKey, sealed: &Sealed) -> Result<Self, Fault> {
        let text = under.open(&name(public), 1, sealed)?;
        let seed = Digest::parse(text.expose_secret()).ok_or_else(|| Fault::new(Code::VaultUnreadable))?;
        Ok(Self(SigningKey::from_bytes(&seed.0)))
    }
}

/// Whether `public` signed the digest. Weak keys and signatures that could have been bent are refused.
pub fn is_signed(public: &PublicKey, digest: &Digest, signature: &Signature) -> bool {
    VerifyingKey::from_bytes(&public.0)
        .is_ok_and(|key| key.verify_strict(&digest.0, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{MasterKey, Vault};

    #[test]
    fn a_key_signs_after_it_was_sealed_and_opened() {
        let vault = Vault::new(MasterKey::generate().unwrap(), Vec::new());
        let (data, _) = vault.create("ws").unwrap();
        let signer = Signer::generate().unwrap();
        let public = signer.public();
        let sealed = signer.seal(&data).unwrap();
        let again = Signer::open(&data, &public, &sealed).unwrap();
        let digest = Digest::of(b"checkpoint");
        assert!(is_signed(&public, &digest, &again.sign(&digest)));
        assert!(!is_signed(&public, &Digest::of(b"other"), &again.sign(&digest)));
        let other = Signer::generate().unwrap();
        assert!(!is_signed(&other.public(), &digest, &again.sign(&digest)));
        assert!(Signer::open(&data, &other.public(), &sealed).is_err(), "it is bound to its public half");
        assert_eq!(format!("{signer:?}"), format!("Signer({public})"));
    }
}

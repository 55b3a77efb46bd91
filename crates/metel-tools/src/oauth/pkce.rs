//! Proof that whoever exchanges a code is whoever asked for it (RFC 7636), and the unguessable `state`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use metel_model::Fault;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use crate::vault::random;

/// 256 random bits as 43 characters. Printing it shows nothing.
#[derive(Debug, Clone)]
pub struct Verifier(SecretString);

impl Verifier {
    pub fn generate() -> Result<Self, Fault> {
        state().map(Self)
    }

    pub fn of(text: SecretString) -> Self {
        Self(text)
    }

    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What the browser may carry: the method `S256`, the only one that is used.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose_secret().as_bytes()))
    }
}

/// 256 random bits for the browser to bring back.
pub fn state() -> Result<SecretString, Fault> {
    random::<32>().map(|bytes| SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = Verifier::of(SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn two_are_never_the_same() {
        let (a, b) = (Verifier::generate().unwrap(), Verifier::generate().unwrap());
        assert_eq!(a.secret().expose_secret().len(), 43);
        assert_ne!(a.challenge(), b.challenge());
        assert!(!format!("{a:?}").contains(a.secret().expose_secret()));
    }
}

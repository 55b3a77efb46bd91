//! Service accounts: a key file of the service's own, and the signed assertion that is exchanged for a token
//! (RFC 7523, RS256 of RFC 7518).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use metel_model::{Code, Fault, Micros};
use serde::Deserialize;
use serde_json::json;
use zeroize::{Zeroize, Zeroizing};

/// Seconds that an assertion is good for.
const LIFE: i64 = 300;
/// Longest key file that is read.
const BYTES_MAX: usize = 32 * 1024;

/// A key file as the service hands it out. Printing it shows the account's name only.
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    token_uri: String,
    key: RsaKeyPair,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServiceAccount({})", self.email)
    }
}

#[derive(Deserialize)]
struct File {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: String,
}

impl Drop for File {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

impl ServiceAccount {
    /// Whether a text is such a file, good or not, rather than a plain token.
    pub fn is_file(text: &str) -> bool {
        text.len() <= BYTES_MAX
            && serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value["type"] == "service_account")
    }

    /// Reads a key file. `token_url` is where assertions are taken: a file that names another place is refused, so
    /// that no file sends an assertion elsewhere.
    pub fn parse(text: &str, token_url: &str) -> Result<Self, Fault> {
        let wrong = |en: &str, ko: &str| Fault::new(Code::FieldInvalid).detail(en, ko);
        let file: File = serde_json::from_str(text)
            .map_err(|_| wrong("it is not a service account's key file", "서비스 계정의 키 파일이 아니에요"))?;
        if file.token_uri != token_url {
            let en = format!("its `token_uri` is not {token_url}");
            let ko = format!("`token_uri`가 {token_url}이 아니에요");
            return Err(Fault::new(Code::FieldInvalid).detail(en, ko));
        }
        let key = key_of(&file.private_key).ok_or_else(|| {
            wrong("its `private_key` is no RSA key in PEM", "`private_key`가 PEM으로 적은 RSA 키가 아니에요")
        })?;
        Ok(Self {
            email: file.client_email.clone(),
            key_id: file.private_key_id.clone(),
            token_uri: file.token_uri.clone(),
            key,
        })
    }

    pub fn email(&self) -> &str {
        &self.email
    }

    /// Asks for `scopes` at `now`.
    pub fn assertion(&self, scopes: &[String], now: Micros) -> Result<Zeroizing<String>, Fault> {
        let at = now.0 / 1_000_000;
        let mut head = json!({"alg": "RS256", "typ": "JWT"});
        if let Some(id) = &self.key_id {
            head["kid"] = json!(id);
        }
        let claims = json!({
            "iss": self.email, "scope": scopes.join(" "), "aud": self.token_uri, "iat": at, "exp": at + LIFE,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut text = Zeroizing::new(format!("{}.{}", part(&head), part(&claims)));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| Fault::new(Code::Internal).about("the assertion could not be signed"))?;
        text.push('.');
        text.push_str(&URL_SAFE_NO_PAD.encode(&signature));
        Ok(text)
    }
}

/// A key in PEM: PKCS #8, or the older PKCS #1.
fn key_of(pem: &str) -> Option<RsaKeyPair> {
    let pem = pem.trim();
    let (label, rest) = pem.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = rest.strip_suffix(&format!("-----END {label}-----"))?;
    let text = Zeroizing::new(body.split_whitespace().collect::<String>());
    let der = Zeroizing::new(STANDARD.decode(text.as_bytes()).ok()?);
    match label {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).ok(),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    const URL: &str = "https://oauth2.test/token";

    fn file(token_uri: &str) -> (String, Vec<u8>) {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
        let file = json!({
            "type": "service_account", "client_email": "robot@project.test", "private_key": pem, "private_key_id": "k1",
            "token_uri": token_uri,
        });
        (file.to_string(), pair.public_key().as_ref().to_vec())
    }

    #[test]
    fn an_assertion_is_signed_for_its_place_and_time() {
        let (text, public) = file(URL);
        assert!(ServiceAccount::is_file(&text));
        let account = ServiceAccount::parse(&text, URL).unwrap();
        let jwt = account.assertion(&["a".to_owned(), "b".to_owned()], Micros(1_000_000_000_000)).unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public);
        key.verify(signed.as_bytes(), &signature).unwrap();
        assert!(key.verify(b"another", &signature).is_err());
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["scope"], "a b");
        assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(1_000_000), Some(1_000_300)));
    }

    #[test]
    fn a_file_sends_nothing_elsewhere_and_shows_nothing() {
        let (text, _) = file("https://evil.test/token");
        assert_eq!(ServiceAccount::parse(&text, URL).unwrap_err().code, Code::FieldInvalid);
        let (text, _) = file(URL);
        assert_eq!(format!("{:?}", ServiceAccount::parse(&text, URL).unwrap()), "ServiceAccount(robot@project.test)");
        for broken in ["", "{}", "{\"type\":\"service_account\"}", &text.replace("PRIVATE KEY", "PUBLIC KEY")] {
            assert!(ServiceAccount::parse(broken, URL).is_err());
        }
        assert!(!ServiceAccount::is_file("xoxb-token"));
    }
}

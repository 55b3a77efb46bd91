//! One call to a token endpoint, through the egress guard. What it says of itself never repeats what was sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_model::service::ClientAuth;
use metel_model::{Code, Fault, Micros};
use metel_net::{Call, Method, Net, NetFailure};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use super::answer::{Said, is_passing, read};
use super::{Party, ServiceAccount, Tokens, Verifier};
use crate::redact::Redactor;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// One party, and the secret that shows it who we are.
pub struct Exchange<'e> {
    pub net: &'e Net,
    pub party: &'e Party,
    /// None for a client that can keep no secret; the code's proof alone speaks for it then.
    pub secret: Option<&'e SecretString>,
    pub timeout_ms: u64,
}

/// Why there are no tokens.
#[derive(Debug, Clone)]
pub struct Failure {
    pub fault: Fault,
    /// The same will be refused again: a person has to do something.
    pub is_lasting: bool,
    /// The protocol's word for the refusal, such as `invalid_grant`.
    pub error: Option<String>,
}

impl Exchange<'_> {
    /// A code for tokens (RFC 6749, section 4.1.3), with the proof of RFC 7636.
    pub async fn code(&self, code: &SecretString, verifier: &Verifier, redirect_uri: &str) -> Result<Tokens, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier.secret().expose_secret()),
        ];
        self.ask(&form, &[code.expose_secret(), verifier.secret().expose_secret()]).await
    }

    /// The next set of tokens (section 6).
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, Failure> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())];
        self.ask(&form, &[token.expose_secret()]).await
    }

    /// A token for a service account (RFC 7523, section 2.1).
    pub async fn assertion(&self, account: &ServiceAccount, scopes: &[String], now: Micros) -> Result<Tokens, Failure> {
        let lasting = |fault| Failure { fault, is_lasting: true, error: None };
        let assertion = account.assertion(scopes, now).map_err(lasting)?;
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.as_str())];
        self.ask(&form, &[assertion.as_str()]).await
    }

    /// Takes a token back (RFC 7009). Where the party has no way of it, nothing is sent.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), Failure> {
        let Some(url) = &self.party.revoke_url else { return Ok(()) };
        let sent = self.send(url, &[("token", token.expose_secret())]).await;
        let reply = sent.map_err(|failure| passing(failure.fault))?;
        match reply.status {
            200..300 => Ok(()),
            status => Err(passing(Fault::new(Code::ToolFailed).about(format!("HTTP {status}")))),
        }
    }

    async fn ask(&self, form: &[(&str, &str)], sent: &[&str]) -> Result<Tokens, Failure> {
        let reply = match self.send(&self.party.token_url, form).await {
            Ok(reply) => reply,
            // An address that is not called will not be called later either.
            Err(failure) => {
                let is_lasting = failure.refused.is_some();
                return Err(Failure { is_lasting, ..passing(failure.fault) });
            }
        };
        let retry_ms = reply.header("retry-after").and_then(|text| text.trim().parse::<u64>().ok());
        let retry_ms = retry_ms.map(|seconds| seconds.min(3_600) * 1_000);
        let mut failure = match read(self.party, reply.status, &reply.body) {
            Said::Tokens(tokens) => return Ok(tokens),
            Said::Refused { error, about } => {
                let is_lasting = !is_passing(&error) && reply.status < 500 && reply.status != 429;
                let fault = Fault::new(Code::OAuthRefused).about(format!("{error} {about}").trim());
                Failure { fault, is_lasting, error: Some(error) }
            }
            Said::Nonsense(what) => {
                passing(Fault::new(Code::ToolBadAnswer).about(format!("{what} (HTTP {})", reply.status)))
            }
        };
        failure.fault.retry_after_ms = retry_ms;
        let known = sent.iter().copied().chain(self.secret.map(ExposeSecret::expose_secret));
        Redactor::new(known).fault(&mut failure.fault);
        Err(failure)
    }

    async fn send(&self, url: &str, form: &[(&str, &str)]) -> Result<metel_net::Reply, NetFailure> {
        self.net.send(self.call(url, form), &self.party.egress(url)).await
    }

    /// A form, and who we are: in a header, or in the form itself.
    fn call(&self, url: &str, form: &[(&str, &str)]) -> Call {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(form);
        let mut call = Call::new(Method::POST, url).timeout_ms(self.timeout_ms);
        match (self.secret, self.party.client_auth) {
            (Some(secret), ClientAuth::Basic) => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let (id, secret) = (encoded(&self.party.client_id), encoded(secret.expose_secret()));
                let pair = Zeroizing::new(format!("{id}:{secret}"));
                call = call.header("authorization", format!("Basic {}", STANDARD.encode(pair.as_bytes())));
            }
            (secret, _) => {
                // Whoever brings a signed assertion is named in it.
                if !self.party.client_id.is_empty() {
                    body.append_pair("client_id", &self.party.client_id);
                }
                if let Some(secret) = secret {
                    body.append_pair("client_secret", secret.expose_secret());
                }
            }
        }
        call = call.header("content-type", "application/x-www-form-urlencoded").header("accept", "application/json");
        call.body = Some(bytes::Bytes::from(body.finish()));
        call.bytes_max = Some(ANSWER_BYTES_MAX);
        call
    }
}

fn passing(fault: Fault) -> Failure {
    Failure { fault, is_lasting: false, error: None }
}

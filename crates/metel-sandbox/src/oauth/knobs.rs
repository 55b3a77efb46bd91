//! What tests may turn: lifetimes, rotation, who consents, and every way of answering wrongly.

use serde::{Deserialize, Serialize};

/// How the authorisation servers behave, as the control API takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Knobs {
    /// The person says yes at once, without a page.
    pub consents: bool,
    /// Seconds that an access token lives; 0 for one that does not end and has no refresh token.
    pub life_s: i64,
    /// Seconds that a code lives.
    pub code_life_s: i64,
    /// Each renewal gives another refresh token.
    pub rotates: bool,
    /// Seconds in which a used refresh token gives the same answer again, as some servers do.
    pub grace_s: i64,
    /// Scopes that the person does not grant.
    pub leaves_out: Vec<String>,
    /// Answers as this issuer; `""` names nobody.
    pub issuer: Option<String>,
    /// The browser comes back with this error.
    pub authorize_error: Option<String>,
    /// Token calls are refused with this error, with status 400.
    pub token_error: Option<String>,
    /// Brings back another state than it was given.
    pub bends_state: bool,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            consents: false,
            life_s: 3_600,
            code_life_s: 60,
            rotates: true,
            grace_s: 0,
            leaves_out: Vec::new(),
            issuer: None,
            authorize_error: None,
            token_error: None,
            bends_state: false,
        }
    }
}

/// A service account's public key: PKCS #1 in DER, base64.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceAccountKey {
    pub email: String,
    pub public_key: String,
}

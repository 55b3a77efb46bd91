//! Signed assertions of service accounts (RFC 7523): the signature, who, for whom and when are checked.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::state::Issued;
use super::token::Form;
use crate::app::Sandbox;

pub(super) const KIND: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How far clocks may be apart, in seconds.
const SKEW: i64 = 60;
/// Longest life of an assertion, in seconds.
const LIFE_MAX: i64 = 3_600;

pub(super) fn exchange(sandbox: &Sandbox, service: &str, form: &Form) -> Result<Issued, &'static str> {
    let jwt = form.get("assertion").ok_or("invalid_request")?;
    let (signed, signature) = jwt.rsplit_once('.').ok_or("invalid_grant")?;
    let (head, claims) = signed.split_once('.').ok_or("invalid_grant")?;
    let (head, claims) = (json_of(head).ok_or("invalid_grant")?, json_of(claims).ok_or("invalid_grant")?);
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "invalid_grant")?;
    let issuer = claims["iss"].as_str().unwrap_or_default();
    let now = sandbox.now() / 1_000_000;
    let place = format!("{}/oauth/{service}/token", sandbox.base());
    let mut oauth = sandbox.oauth();
    let public = oauth.accounts.get(issuer).ok_or("invalid_grant")?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    let (iat, exp) = (claims["iat"].as_i64().unwrap_or(i64::MAX), claims["exp"].as_i64().unwrap_or(0));
    let timely = iat <= now + SKEW && exp > now - SKEW && exp - iat <= LIFE_MAX;
    if head["alg"] != "RS256" || claims["aud"] != place.as_str() || !timely {
        return Err("invalid_grant");
    }
    key.verify(signed.as_bytes(), &signature).map_err(|_| "invalid_grant")?;
    let scopes = claims["scope"].as_str().unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    let scopes = scopes.map(str::to_owned).collect();
    let family = oauth.begin(service, scopes);
    oauth.counts.asserted += 1;
    Ok(oauth.issue(family, false, sandbox.now()))
}

fn json_of(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

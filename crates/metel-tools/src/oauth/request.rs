//! The address that a person's browser is sent to (RFC 6749, section 4.1.1).

use metel_model::{Code, Fault};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Party, Verifier};

/// Names that `extra` may not set anew.
const OURS: [&str; 7] =
    ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];

/// The whole address. It carries the `state`: whoever shows it shows it to the person alone.
pub fn address(
    party: &Party,
    redirect_uri: &str,
    scopes: &[String],
    state: &SecretString,
    verifier: &Verifier,
) -> Result<String, Fault> {
    let wrong = || Fault::new(Code::ConfigInvalid).about(format!("not an address: {}", party.authorize_url));
    let mut url = Url::parse(&party.authorize_url).map_err(|_| wrong())?;
    let may = url.scheme() == "https" || (party.is_inside && url.scheme() == "http");
    if !may || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong());
    }
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", &party.client_id);
        query.append_pair("redirect_uri", redirect_uri).append_pair("state", state.expose_secret());
        if !scopes.is_empty() {
            query.append_pair("scope", &scopes.join(&party.scope_separator));
        }
        query.append_pair("code_challenge", &verifier.challenge()).append_pair("code_challenge_method", "S256");
        for (name, value) in party.extra.iter().filter(|(name, _)| !OURS.contains(&name.as_str())) {
            query.append_pair(name, value);
        }
    }
    Ok(url.into())
}

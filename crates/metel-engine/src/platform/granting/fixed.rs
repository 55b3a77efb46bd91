//! Service accounts: no person consents, a key file of the service's own is kept and signs for each token.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::service::Service;
use metel_model::time::Micros;
use metel_tools::oauth::{Party, ServiceAccount};
use secrecy::{ExposeSecret, SecretString};

use super::kept::{Body, Kept};

/// What is kept of a key file, where `secret` is one and the service takes them. The first token is fetched by the
/// first call that needs it.
pub(crate) fn service_account(
    service: &Service,
    secret: &SecretString,
    scopes: &[String],
    sandbox: Option<&str>,
) -> Result<Option<(Body, Kept, Option<Micros>)>, Fault> {
    if !ServiceAccount::is_file(secret.expose_secret()) {
        return Ok(None);
    }
    let taken = service.oauth.as_ref().filter(|oauth| oauth.service_accounts);
    let Some(oauth) = taken else {
        return Err(Fault::new(Code::OAuthUnsupported)
            .detail("it takes no service accounts", "서비스 계정을 받지 않아요")
            .at(&service.id));
    };
    let party = match sandbox {
        Some(root) => {
            Party::simulated(oauth, root, "").ok_or_else(|| Fault::new(Code::OAuthUnsupported).about(&service.id))?
        }
        None => Party::of(oauth, ""),
    };
    ServiceAccount::parse(secret.expose_secret(), &party.token_url)?;
    let kept = Kept::of_account(secret.expose_secret());
    let body = Body { party, scopes: scopes.to_vec(), life_s: None };
    Ok(Some((body, kept, Some(Micros(0)))))
}

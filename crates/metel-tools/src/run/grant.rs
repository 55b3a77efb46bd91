//! Whether a call may use an account, and where it may then go.

use std::collections::BTreeMap;

use metel_model::contract::Contract;
use metel_model::service::{Auth, ConnectionState, Service};
use metel_model::{Code, Fault};
use metel_net::Egress;
use secrecy::{ExposeSecret, SecretString};

/// An account at a service, opened for one call. Printing it shows no secret.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Tells accounts apart for pacing.
    pub id: String,
    pub service: String,
    pub state: ConnectionState,
    /// Another base address than the service's own.
    pub base_url: Option<String>,
    /// Further hosts that this account's calls may reach.
    pub hosts: Vec<String>,
    pub scopes: Vec<String>,
    /// The workspace's own names for things at the service: name → id. Case, spaces, hyphens and a
    /// leading `#` do not matter.
    pub aliases: BTreeMap<String, String>,
    pub secret: Option<SecretString>,
    /// The base address may lie inside our own network: the sandbox, a service on the premises.
    pub is_inside: bool,
}

impl Credential {
    pub(super) fn exposed(&self) -> Option<&str> {
        self.secret.as_ref().map(|secret| secret.expose_secret())
    }

    /// The id that the workspace, or the simulator that this account is at, gave a name.
    pub(super) fn alias(&self, service: &Service, name: &str) -> Option<String> {
        let wanted = folded(name);
        let simulated = self.is_inside.then_some(&service.sandbox_aliases).into_iter().flatten();
        self.aliases.iter().chain(simulated).find(|(known, _)| folded(known) == wanted).map(|(_, id)| id.clone())
    }
}

fn folded(name: &str) -> String {
    let plain = name.chars().filter(|c| !c.is_whitespace() && *c != '-');
    plain.collect::<String>().trim_start_matches('#').to_lowercase()
}

/// Checks account, state and scopes once more, right before the call.
pub(super) fn check(contract: &Contract, service: &Service, connection: Option<&Credential>) -> Result<(), Fault> {
    let Some(connection) = connection else {
        return match service.auth {
            Auth::None => Ok(()),
            _ => Err(Fault::new(Code::ConnectionMissing).about(&service.id)),
        };
    };
    if connection.service != service.id {
        return Err(Fault::new(Code::Denied).about(format!("a {} account for {}", connection.service, service.id)));
    }
    match connection.state {
        ConnectionState::Ready => {}
        ConnectionState::Expired => return Err(Fault::new(Code::ConnectionExpired).about(&service.id)),
        ConnectionState::Revoked => return Err(Fault::new(Code::ConnectionMissing).about(&service.id)),
    }
    let missing: Vec<&str> =
        contract.scopes.iter().filter(|scope| !connection.scopes.contains(scope)).map(String::as_str).collect();
    if !missing.is_empty() {
        let flags: String = missing.iter().map(|scope| format!(" --add-scope {scope}")).collect();
        let command = format!("metel connect {}{flags}", service.id);
        return Err(Fault::new(Code::ScopeMissing)
            .about(missing.join(", "))
            .hint(format!("Add it: `{command}`."), format!("권한을 더하세요: `{command}`.")));
    }
    if connection.secret.is_none() && service.auth != Auth::None {
        return Err(Fault::new(Code::ConnectionMissing).about(&service.id));
    }
    Ok(())
}

/// The base address and the only places that the call may reach.
pub(super) fn reach(service: &Service, connection: Option<&Credential>) -> (String, Egress) {
    let own = connection.and_then(|connection| Some((connection, connection.base_url.as_deref()?)));
    let Some((connection, base)) = own else {
        let egress = service.hosts.iter().fold(Egress::none(), |egress, host| egress.with_host(host));
        return (service.base_url.clone(), with_hosts(egress, connection));
    };
    let base = base.trim_end_matches('/').to_owned();
    let egress = match connection.is_inside {
        true => Egress::none().with_inside_base(&base),
        false => Egress::none().with_base(&base),
    };
    (base, with_hosts(egress, Some(connection)))
}

fn with_hosts(egress: Egress, connection: Option<&Credential>) -> Egress {
    connection.into_iter().flat_map(|connection| &connection.hosts).fold(egress, |egress, host| egress.with_host(host))
}

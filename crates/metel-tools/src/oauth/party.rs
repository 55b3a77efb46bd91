//! An authorisation server as one connection knows it, and who metel is there.

use std::collections::BTreeMap;

use metel_model::service::{ClientAuth, OAuth};
use metel_net::Egress;
use serde::{Deserialize, Serialize};

/// Written down when a person is sent there, so that an answer and every renewal go to the same place, whatever the
/// service's description says by then. Holds no credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub client_id: String,
    pub authorize_url: String,
    pub token_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    #[serde(default)]
    pub names_issuer: bool,
    pub scope_separator: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_types: Vec<String>,
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// It may live in our own network: the sandbox.
    #[serde(default)]
    pub is_inside: bool,
}

impl Party {
    /// The service's own authorisation server.
    pub fn of(oauth: &OAuth, client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            authorize_url: oauth.authorize_url.clone(),
            token_url: oauth.token_url.clone(),
            revoke_url: oauth.revoke_url.clone(),
            issuer: oauth.issuer.clone(),
            names_issuer: oauth.names_issuer,
            scope_separator: oauth.scope_separator.clone().unwrap_or_else(|| " ".to_owned()),
            extra: oauth.extra.clone(),
            token_types: oauth.token_types.clone(),
            client_auth: oauth.client_auth,
            is_inside: false,
        }
    }

    /// The simulated one under a sandbox's root; none where the service has no simulator of its granting.
    pub fn simulated(oauth: &OAuth, root: &str, client_id: &str) -> Option<Self> {
        let base = format!("{}{}", root.trim_end_matches('/'), oauth.sandbox_path.as_deref()?);
        Some(Self {
            authorize_url: format!("{base}/authorize"),
            token_url: format!("{base}/token"),
            revoke_url: Some(format!("{base}/revoke")),
            issuer: Some(base),
            names_issuer: true,
            is_inside: true,
            ..Self::of(oauth, client_id)
        })
    }

    /// Where a call to `url`, one of the party's own, may go.
    pub(super) fn egress(&self, url: &str) -> Egress {
        if self.is_inside { Egress::none().with_inside_base(url) } else { Egress::none().with_base(url) }
    }
}

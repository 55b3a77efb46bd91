//! The link that a person opens: a `state` that is good once and for ten minutes, and a proof that only metel holds.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::{AuthorizationId, WorkspaceId};
use metel_model::time::Micros;
use metel_store::AuthorizationRow;
use metel_tools::oauth::{Party, Verifier, address, state};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::super::Platform;
use super::client::text_of;

/// How long a link is good.
const LIFE: i64 = 600_000_000;
/// How long what came of it can be asked.
const KEPT: i64 = 86_400_000_000;
/// Most scopes of one request.
const SCOPES_MAX: usize = 100;
/// What the data key binds a request to.
pub(super) const PURPOSE: &str = "metel oauth request";

/// What is asked of a service for a workspace.
#[derive(Debug)]
pub struct NewAuthorization {
    pub service: String,
    /// The scopes to ask for; the service's usual ones when absent.
    pub scopes: Option<Vec<String>>,
    /// Asked for beside what the connection has already.
    pub add_scopes: Vec<String>,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// Root of the sandbox, for a simulated account.
    pub sandbox: Option<String>,
    /// The client that somebody registered at the service; kept for later.
    pub client: Option<(String, Option<SecretString>)>,
    pub by: String,
    /// Begun by a signed-in page: the same browser has to bring the answer.
    pub by_page: bool,
}

/// A link and what to ask of it later.
#[derive(Debug, Clone)]
pub struct Begun {
    pub id: AuthorizationId,
    /// For the person alone: it carries the `state`.
    pub url: String,
    pub expires_at: String,
}

/// What only metel may know of a request.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    pub verifier: String,
    #[zeroize(skip)]
    pub party: Party,
    pub client_secret: Option<String>,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub base_url: Option<String>,
    pub by_page: bool,
}

fn scopes_of(new: &NewAuthorization, usual: &[String], present: &[String]) -> Result<Vec<String>, Fault> {
    let asked = match &new.scopes {
        Some(scopes) => scopes.clone(),
        None if new.add_scopes.is_empty() || present.is_empty() => usual.to_vec(),
        None => present.to_vec(),
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.into_iter().chain(new.add_scopes.iter().cloned()) {
        // RFC 6749, section 3.3: visible ASCII without the quotation mark and the backslash.
        let fits = scope.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'"' && b != b'\\' && b != b',');
        if scope.is_empty() || scope.len() > 300 || !fits {
            let field = metel_model::fault::FieldFault::new("/scopes", "is no scope", "권한 이름이 아니에요");
            return Err(Fault::new(Code::FieldInvalid).fields(vec![field]));
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    match scopes.len() {
        0..=SCOPES_MAX => Ok(scopes),
        _ => Err(Fault::new(Code::LimitExceeded).about(format!("more than {SCOPES_MAX} scopes"))),
    }
}

impl Platform {
    /// Makes the link at which a person grants an account.
    pub async fn authorize(&self, workspace: WorkspaceId, new: NewAuthorization) -> Result<Begun, Fault> {
        let shared = &self.shared;
        let snapshot = shared.registry.snapshot();
        let service = snapshot.services().get(&new.service).cloned();
        let service = service.ok_or_else(|| Fault::new(Code::NotFound).about(format!("service {}", new.service)))?;
        super::client::oauth_of(&service)?;
        let (party, secret) = match (&new.client, &new.sandbox) {
            (Some((id, secret)), None) => {
                shared.keep_client(workspace, &service.id, id, secret.as_ref()).await?;
                shared.party(workspace, &service, None).await?
            }
            (_, sandbox) => shared.party(workspace, &service, sandbox.as_deref()).await?,
        };
        let present = shared.accounts(workspace).await?.scopes(&service.id);
        let scopes = scopes_of(&new, &service.scopes, &present)?;
        let base_url = new.sandbox.as_deref().zip(service.sandbox_path.as_deref());
        let base_url = base_url.map(|(root, path)| format!("{}{path}", root.trim_end_matches('/')));
        let (state, verifier) = (state()?, Verifier::generate()?);
        let url = address(&party, &new.redirect_uri, &scopes, &state, &verifier)?;
        let now = shared.clock.now();
        let pending = Pending {
            verifier: verifier.secret().expose_secret().to_owned(),
            party,
            client_secret: text_of(secret.as_ref()),
            redirect_uri: new.redirect_uri,
            scopes,
            base_url,
            by_page: new.by_page,
        };
        let text = Zeroizing::new(serde_json::to_string(&pending).map_err(|e| Fault::new(Code::Internal).about(e))?);
        let (key_id, key) = shared.keyring.data_key(workspace, None).await?;
        let id = AuthorizationId(shared.ids.next());
        let row = AuthorizationRow {
            workspace,
            id,
            state: digest(state.expose_secret()),
            service: service.id.clone(),
            made_by: new.by,
            key_id,
            sealed: key.seal_bytes(PURPOSE, &[id.to_string()], text.as_bytes())?,
            status: "waiting".to_owned(),
            outcome: None,
            created_at: now,
            expires_at: Micros(now.0 + LIFE),
        };
        shared.store.prune_authorizations(Micros(now.0 - KEPT)).await?;
        shared.store.add_authorization(&row).await?;
        Ok(Begun { id, url, expires_at: row.expires_at.rfc3339() })
    }
}

/// What the database knows of a `state`.
pub(super) fn digest(state: &str) -> Digest {
    Digest::of_parts(&[b"metel oauth state", state.as_bytes()])
}

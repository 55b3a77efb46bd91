//! What the browser brings back: checked against what was asked, exchanged once, and kept as a connection.

use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{AuthorizationId, ConnectionId, WorkspaceId};
use metel_store::AuthorizationRow;
use metel_tools::oauth::{Exchange, Verifier, check_issuer};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::accounts::NewConnection;
use super::super::{Platform, Shared};
use super::begin::{PURPOSE, Pending, digest};
use super::kept::{Body, Kept, end_of, secret};
use super::renew::EXCHANGE_MS;

/// What a browser brought.
#[derive(Debug)]
pub struct Came {
    pub state: String,
    /// The code, or the authorisation server's word for a refusal.
    pub outcome: Result<SecretString, String>,
    /// Who says to have answered.
    pub iss: Option<String>,
    /// Who is signed in at the browser, if anybody.
    pub actor: Option<String>,
}

/// An account that was granted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    pub service: String,
    pub connection: ConnectionId,
    pub scopes: Vec<String>,
    /// Asked for, and not granted.
    pub missing: Vec<String>,
}

/// How a request stands.
#[derive(Debug, Clone)]
pub struct AuthorizationInfo {
    pub id: AuthorizationId,
    pub service: String,
    /// `waiting`, `taken`, `done`, `failed` or `expired`.
    pub status: String,
    pub answered: Option<Answered>,
    pub fault: Option<Fault>,
    pub expires_at: String,
}

impl Platform {
    pub async fn authorization(&self, workspace: WorkspaceId, id: AuthorizationId) -> Result<AuthorizationInfo, Fault> {
        let row = self.shared.store.authorization(workspace, id).await?;
        let row = row.ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
        let outcome = row.outcome.as_deref().unwrap_or("null");
        let late = row.status == "waiting" && row.expires_at <= self.shared.clock.now();
        Ok(AuthorizationInfo {
            id,
            service: row.service,
            answered: serde_json::from_str(outcome).ok(),
            fault: serde_json::from_str(outcome).ok(),
            status: if late { "expired".to_owned() } else { row.status },
            expires_at: row.expires_at.rfc3339(),
        })
    }

    /// Takes a browser's answer. Whatever comes of it, the same answer is worth nothing afterwards.
    pub async fn answer_authorization(&self, came: Came) -> Result<Answered, Fault> {
        let shared = self.shared.clone();
        // What cannot be one of ours is not looked for.
        if came.state.len() != 43 {
            return Err(Fault::new(Code::OAuthState));
        }
        let row = shared.store.take_authorization(digest(&came.state), shared.clock.now()).await?;
        let row = row.ok_or_else(|| Fault::new(Code::OAuthState))?;
        // A browser that leaves must not lose what the code was exchanged for.
        let work = tokio::spawn(async move { shared.settle(row, came).await });
        work.await.map_err(|_| Fault::new(Code::Internal).about("the exchange ended early"))?
    }
}

impl Shared {
    async fn settle(self: Arc<Self>, row: AuthorizationRow, came: Came) -> Result<Answered, Fault> {
        let done = self.exchange(&row, came).await;
        let (status, outcome) = match &done {
            Ok(answered) => ("done", serde_json::to_string(answered)),
            Err(fault) => ("failed", serde_json::to_string(fault)),
        };
        let outcome = outcome.map_err(|e| Fault::new(Code::Internal).about(e))?;
        self.store.settle_authorization(row.workspace, row.id, status, &outcome).await?;
        done
    }

    async fn exchange(self: &Arc<Self>, row: &AuthorizationRow, came: Came) -> Result<Answered, Fault> {
        let (_, key) = self.keyring.data_key(row.workspace, Some(&row.key_id)).await?;
        let clear = Zeroizing::new(key.open_bytes(PURPOSE, &[row.id.to_string()], &row.sealed)?);
        let pending: Pending = serde_json::from_slice(&clear).map_err(|_| Fault::new(Code::VaultUnreadable))?;
        if pending.by_page && came.actor.as_deref() != Some(row.made_by.as_str()) {
            return Err(Fault::new(Code::OAuthState).detail(
                "another browser brought the answer than began",
                "시작한 브라우저가 아닌 다른 곳에서 답이 왔어요",
            ));
        }
        check_issuer(&pending.party, came.iss.as_deref())?;
        let hint = format!("metel connect {} --oauth", row.service);
        let again = |fault: Fault| {
            fault.at(&row.service).hint(format!("Begin again: `{hint}`."), format!("처음부터 다시 하세요: `{hint}`."))
        };
        let code = came.outcome.map_err(|error| {
            let plain: String = error.chars().filter(|c| !c.is_control()).take(100).collect();
            again(Fault::new(Code::OAuthRefused).about(plain))
        })?;
        let client_secret = secret(&pending.client_secret);
        let exchange = Exchange {
            net: self.tools.net(),
            party: &pending.party,
            secret: client_secret.as_ref(),
            timeout_ms: EXCHANGE_MS,
        };
        let verifier = Verifier::of(SecretString::from(pending.verifier.as_str()));
        let tokens = exchange.code(&code, &verifier, &pending.redirect_uri).await;
        let tokens = tokens.map_err(|failure| again(failure.fault))?;
        let scopes = tokens.scopes.clone().unwrap_or_else(|| pending.scopes.clone());
        let missing = pending.scopes.iter().filter(|scope| !scopes.contains(scope)).cloned().collect();
        let mut kept = Kept::of_client(pending.client_secret.clone());
        kept.take(&tokens);
        let body = Body { party: pending.party.clone(), scopes: pending.scopes.clone(), life_s: tokens.life_s };
        let new = NewConnection {
            service: row.service.clone(),
            scopes: Some(scopes.clone()),
            base_url: pending.base_url.clone(),
            sandbox: pending.party.is_inside,
            ..NewConnection::default()
        };
        let ends = end_of(tokens.life_s, self.clock.now());
        let connection = self.connect_granted(row.workspace, new, &body, &kept, ends).await?;
        Ok(Answered { service: row.service.clone(), connection, scopes, missing })
    }
}

//! Accounts at services: what a connection may do, and its credential for the call that needs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::{Certainty, Effect, EffectKind, Outcome};
use metel_model::id::{ConnectionId, RunId, WorkspaceId};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::stored::Stored;
use metel_model::time::Micros;
use metel_rules::contract::{Compiled, Judgement};
use metel_rules::plan::Place;
use metel_store::ConnectionRow;
use metel_tools::Redactor;
use metel_tools::run::{Credential, ToolCall};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::granting::{self, Granted, Kept};
use super::{Platform, Shared};

/// What a connection's row holds beside its columns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    pub scopes: Vec<String>,
    pub sandbox: bool,
    /// Names that people use → ids at the service.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, String>,
    /// Channels, databases and sheets that requests may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// A workspace's connections, opened.
#[derive(Default)]
pub(crate) struct Accounts {
    opened: Vec<Opened>,
    /// Knows every secret of the workspace, connected or not.
    redactor: Redactor,
}

struct Opened {
    row: ConnectionRow,
    body: Body,
    credential: Credential,
    granted: Option<Granted>,
}

impl Opened {
    fn state(&self, now: Micros) -> ConnectionState {
        match &self.granted {
            Some(granted) if granted.is_over(now) => ConnectionState::Expired,
            _ => self.credential.state,
        }
    }

    fn kind(&self) -> &'static str {
        match &self.granted {
            Some(granted) if granted.is_account => "service_account",
            Some(_) => "oauth",
            None if self.credential.secret.is_some() => "key",
            None => "none",
        }
    }
}

/// A connection as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    pub id: ConnectionId,
    pub service: String,
    pub title: metel_model::Text,
    pub state: ConnectionState,
    pub scopes: Vec<String>,
    pub sandbox: bool,
    pub base_url: Option<String>,
    /// `oauth`, `service_account`, `key` or `none`.
    pub kind: &'static str,
    /// When the token of now ends; it is renewed before, unless there is trouble.
    pub expires_at: Option<String>,
    /// Why it is renewed no more.
    pub trouble: Option<metel_model::Text>,
    pub created_at: String,
}

/// What makes a connection.
#[derive(Debug, Default)]
pub struct NewConnection {
    pub service: String,
    pub secret: Option<SecretString>,
    pub scopes: Option<Vec<String>>,
    pub base_url: Option<String>,
    pub sandbox: bool,
    pub places: Vec<Place>,
}

fn state_of(text: &str) -> ConnectionState {
    match text {
        "ready" => ConnectionState::Ready,
        "revoked" => ConnectionState::Revoked,
        _ => ConnectionState::Expired,
    }
}

impl Accounts {
    pub fn facts(&self, now: Micros) -> BTreeMap<String, ConnectionFact> {
        let fact = |one: &Opened| {
            let fact = ConnectionFact {
                id: one.row.id,
                state: one.state(now),
                scopes: one.body.scopes.clone(),
                sandbox: one.body.sandbox,
            };
            (one.row.service.clone(), fact)
        };
        self.opened.iter().map(fact).collect()
    }

    pub fn credential(&self, service: &str) -> Option<&Credential> {
        self.opened.iter().find(|one| one.row.service == service).map(|one| &one.credential)
    }

    pub fn granted(&self, service: &str) -> Option<&Granted> {
        self.opened.iter().find(|one| one.row.service == service).and_then(|one| one.granted.as_ref())
    }

    /// The scopes of a service's connection; none without one.
    pub fn scopes(&self, service: &str) -> Vec<String> {
        let one = self.opened.iter().find(|one| one.row.service == service);
        one.map(|one| one.body.scopes.clone()).unwrap_or_default()
    }

    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    pub fn places(&self) -> Vec<Place> {
        self.opened.iter().flat_map(|one| one.body.places.clone()).collect()
    }

    pub fn is_connected(&self, service: &str) -> bool {
        self.opened.iter().any(|one| one.row.service == service && one.credential.state == ConnectionState::Ready)
    }

    pub fn is_sandbox(&self) -> bool {
        !self.opened.is_empty() && self.opened.iter().all(|one| one.body.sandbox)
    }
}

impl Shared {
    /// The workspace's accounts; opened once and kept until something changes.
    pub async fn accounts(&self, workspace: WorkspaceId) -> Result<Arc<Accounts>, Fault> {
        if let Some(accounts) = self.accounts.read().get(&workspace) {
            return Ok(accounts.clone());
        }
        let mut opened = Vec::new();
        let mut grants: BTreeMap<ConnectionId, (Granted, Kept)> = BTreeMap::new();
        for row in self.store.grants(workspace).await? {
            grants.insert(row.connection, self.open_grant(&row).await?);
        }
        for row in self.store.connections(workspace).await? {
            let body: Body = serde_json::from_str(&row.body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            let grant = grants.get(&row.id);
            let secret = match (grant, row.secret) {
                (Some((_, kept)), _) => kept.access.as_deref().map(SecretString::from),
                (None, Some(id)) => Some(self.open_secret(workspace, id).await?),
                (None, None) => None,
            };
            let granted = grant.map(|(granted, _)| granted.clone());
            let credential = Credential {
                id: row.id.to_string(),
                service: row.service.clone(),
                state: state_of(&row.state),
                base_url: body.base_url.clone(),
                hosts: Vec::new(),
                scopes: body.scopes.clone(),
                aliases: body.aliases.clone(),
                secret,
                is_inside: body.sandbox,
            };
            opened.push(Opened { row, body, credential, granted });
        }
        let mut secrets = Vec::new();
        for row in self.store.secrets(workspace).await? {
            // One that cannot be opened cannot be sent either.
            secrets.extend(self.open_secret(workspace, row.id).await.ok());
        }
        let granted = grants.values().flat_map(|(_, kept)| kept.secrets());
        let redactor = Redactor::new(secrets.iter().map(ExposeSecret::expose_secret).chain(granted));
        let accounts = Arc::new(Accounts { opened, redactor });
        self.accounts.write().insert(workspace, accounts.clone());
        Ok(accounts)
    }

    pub fn forget_accounts(&self, workspace: WorkspaceId) {
        self.accounts.write().remove(&workspace);
        if let Some(engine) = self.engine.get() {
            engine.facts_changed(workspace);
        }
    }
}

impl Platform {
    /// Where the workspace's simulated services are all it has.
    pub async fn is_sandbox(&self, workspace: WorkspaceId) -> Result<bool, Fault> {
        Ok(self.shared.accounts(workspace).await?.is_sandbox())
    }

    pub async fn connections(&self, workspace: WorkspaceId) -> Result<Vec<Account>, Fault> {
        let accounts = self.shared.accounts(workspace).await?;
        let snapshot = self.shared.registry.snapshot();
        let now = self.shared.clock.now();
        let account = |one: &Opened| Account {
            id: one.row.id,
            service: one.row.service.clone(),
            title: snapshot.services().get(&one.row.service).map(|s| s.title.clone()).unwrap_or_default(),
            state: one.state(now),
            scopes: one.body.scopes.clone(),
            sandbox: one.body.sandbox,
            base_url: one.body.base_url.clone(),
            kind: one.kind(),
            expires_at: one.granted.as_ref().and_then(|g| g.expires_at).filter(|at| at.0 > 0).map(Micros::rfc3339),
            trouble: one.granted.as_ref().and_then(|g| g.trouble.clone()),
            created_at: one.row.created_at.rfc3339(),
        };
        Ok(accounts.opened.iter().map(account).collect())
    }

    /// Connects a service; one that is connected already is replaced. A service account's key file makes a grant.
    pub async fn connect(&self, workspace: WorkspaceId, mut new: NewConnection) -> Result<ConnectionId, Fault> {
        let service = self.shared.registry.service(&new.service);
        if let (Some(service), Some(secret)) = (service, &new.secret) {
            let scopes = new.scopes.clone().unwrap_or_else(|| service.scopes.clone());
            let root = match (new.sandbox, &new.base_url, &service.sandbox_path) {
                (true, Some(base), Some(path)) => base.strip_suffix(path.as_str()).map(str::to_owned),
                _ => None,
            };
            if let Some((body, kept, ends)) = granting::service_account(&service, secret, &scopes, root.as_deref())? {
                new.secret = None;
                return self.shared.connect_granted(workspace, new, &body, &kept, ends).await;
            }
        }
        let id = self.shared.connect(workspace, new, None).await?;
        self.shared.store.remove_grant(workspace, id).await?;
        self.shared.forget_accounts(workspace);
        Ok(id)
    }
}

impl Shared {
    /// Keeps a connection together with what was granted to it.
    pub(super) async fn connect_granted(
        &self,
        workspace: WorkspaceId,
        new: NewConnection,
        body: &granting::Body,
        kept: &Kept,
        ends: Option<Micros>,
    ) -> Result<ConnectionId, Fault> {
        let id = self.connect(workspace, new, Some((body, kept, ends))).await?;
        self.forget_accounts(workspace);
        Ok(id)
    }

    async fn connect(
        &self,
        workspace: WorkspaceId,
        new: NewConnection,
        grant: Option<(&granting::Body, &Kept, Option<Micros>)>,
    ) -> Result<ConnectionId, Fault> {
        let snapshot = self.registry.snapshot();
        let service = snapshot
            .services()
            .get(&new.service)
            .cloned()
            .ok_or_else(|| Fault::new(Code::NotFound).about(format!("service {}", new.service)))?;
        let now = self.clock.now();
        let before = self.store.connections(workspace).await?.into_iter().find(|row| row.service == new.service);
        let id = before.as_ref().map_or_else(|| ConnectionId(self.ids.next()), |row| row.id);
        let known = before.as_ref().and_then(|row| serde_json::from_str::<Body>(&row.body).ok());
        // A credential never follows the connection to another address.
        let same = known.as_ref().is_some_and(|known| known.base_url == new.base_url && known.sandbox == new.sandbox);
        let simulated =
            || service.sandbox_credential.clone().filter(|_| new.sandbox && grant.is_none()).map(SecretString::from);
        let kept = before.as_ref().and_then(|row| row.secret);
        let secret = match new.secret.or_else(simulated) {
            Some(secret) => Some(self.put_secret(workspace, &format!("connection.{}", new.service), &secret).await?),
            None => kept.filter(|_| same && grant.is_none()),
        };
        let places = match known {
            _ if !new.places.is_empty() => new.places,
            Some(known) if same => known.places,
            _ if new.sandbox => super::boot::places(&new.service),
            _ => Vec::new(),
        };
        let body = Body {
            base_url: new.base_url,
            scopes: new.scopes.unwrap_or_else(|| service.scopes.clone()),
            sandbox: new.sandbox,
            aliases: BTreeMap::new(),
            places,
        };
        let row = ConnectionRow {
            workspace,
            id,
            service: new.service.clone(),
            name: new.service,
            state: "ready".to_owned(),
            body: serde_json::to_string(&body).map_err(|e| Fault::new(Code::Internal).about(e))?,
            secret,
            created_at: before.map_or(now, |row| row.created_at),
            updated_at: now,
        };
        // The grant first: a connection without its key would only be refused.
        if let Some((body, kept, ends)) = grant {
            self.keep_grant(workspace, id, body, kept, ends).await?;
        }
        self.store.put_connection(&row).await?;
        if let Some(unused) = kept.filter(|id| row.secret != Some(*id)) {
            self.store.remove_secret(workspace, unused).await?;
        }
        Ok(id)
    }
}

impl Platform {
    pub async fn disconnect(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<bool, Fault> {
        let row = self.shared.store.connection(workspace, id).await?;
        if row.is_some() {
            self.shared.take_back(workspace, id).await;
        }
        let gone = self.shared.store.remove_connection(workspace, id).await?;
        self.shared.store.remove_grant(workspace, id).await?;
        if let Some(secret) = row.and_then(|row| row.secret) {
            self.shared.store.remove_secret(workspace, secret).await?;
        }
        self.shared.forget_accounts(workspace);
        Ok(gone)
    }

    /// Sees to it that a service's granted token is good for a call that begins now; whether there is one.
    pub async fn freshen(&self, workspace: WorkspaceId, service: &str) -> Result<bool, Fault> {
        let accounts = self.shared.fresh_accounts(workspace, service).await?;
        Ok(accounts.credential(service).is_some_and(|credential| credential.secret.is_some()))
    }

    /// Opens the workspace's accounts anew at their next use.
    pub fn forget_opened(&self, workspace: WorkspaceId) {
        self.shared.forget_accounts(workspace);
    }

    /// Makes the service's own test call and tells what came of it.
    pub async fn test_connection(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<Outcome, Fault> {
        self.try_connection(workspace, id, None).await
    }

    /// The same with another secret than the one that is kept.
    pub(super) async fn try_connection(
        &self,
        workspace: WorkspaceId,
        id: ConnectionId,
        instead: Option<SecretString>,
    ) -> Result<Outcome, Fault> {
        let row =
            self.shared.store.connection(workspace, id).await?.ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
        let mut aged = false;
        loop {
            let accounts = match self.shared.fresh_accounts(workspace, &row.service).await {
                Ok(accounts) => accounts,
                Err(fault) => return Ok(Outcome::fault(fault, Certainty::Certain, 0)),
            };
            let (compiled, outcome) = self.tried(&accounts, id, instead.clone()).await?;
            match accounts.granted(&row.service) {
                Some(granted)
                    if !aged && instead.is_none() && turned_away(&compiled, &outcome) && granted.can_renew =>
                {
                    aged = true;
                    self.shared.age(workspace, granted).await?;
                }
                _ => return Ok(judged(&compiled, outcome)),
            }
        }
    }

    async fn tried(
        &self,
        accounts: &Accounts,
        id: ConnectionId,
        instead: Option<SecretString>,
    ) -> Result<(Arc<Compiled>, Outcome), Fault> {
        let one =
            accounts.opened.iter().find(|one| one.row.id == id).ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
        let snapshot = self.shared.registry.snapshot();
        let service = snapshot
            .services()
            .get(&one.row.service)
            .ok_or_else(|| Fault::new(Code::NotFound).about(&one.row.service))?;
        let test =
            service.test.as_ref().ok_or_else(|| Fault::new(Code::NotFound).about("this service has no test call"))?;
        let compiled = snapshot.get(&test.tool).ok_or_else(|| Fault::new(Code::ToolUnknown).about(&test.tool))?;
        let effect = Effect {
            run: RunId(self.shared.ids.next()),
            step: "test".to_owned(),
            intent: 1,
            kind: EffectKind::Tool,
            target: test.tool.clone(),
            head: None,
            contract: Some(compiled.digest),
            payload: Stored::null(),
            key: self.shared.ids.next().simple().to_string(),
            attempt: 1,
            timeout_ms: 10_000,
            since: self.shared.clock.now(),
        };
        let mut credential = one.credential.clone();
        credential.secret = instead.or(credential.secret);
        let payload = if test.args.is_null() { serde_json::json!({}) } else { test.args.clone() };
        let call = ToolCall {
            compiled,
            effect: &effect,
            payload: &payload,
            connection: Some(&credential),
            workspace: Some(one.row.workspace),
            redactor: Some(accounts.redactor()),
        };
        let outcome = self.shared.tools.run(call).await;
        Ok((compiled.clone(), outcome))
    }
}

/// An answer that the contract does not take for a success is no good answer, whatever its status.
fn judged(compiled: &Compiled, mut outcome: Outcome) -> Outcome {
    let (None, Some(status), Some(body)) = (&outcome.fault, outcome.status, outcome.output.value()) else {
        return outcome;
    };
    if let Judgement::Fail { code, message, .. } = compiled.judge(status, body, &serde_json::Value::Null) {
        let said = if message.is_empty() { code } else { message };
        outcome.fault = Some(Fault::new(Code::ToolFailed).about(format!("{said} ({status})")));
    }
    outcome
}

/// The service did not take the token: nothing was done, and the next token may do better.
pub(super) fn turned_away(compiled: &Compiled, outcome: &Outcome) -> bool {
    let (None, Some(status)) = (&outcome.fault, outcome.status) else { return false };
    let body = outcome.output.value().filter(|_| status < 300);
    let said = body.map(|body| compiled.judge(status, body, &serde_json::Value::Null));
    status == 401
        || matches!(said, Some(Judgement::Fail { code, .. }) if matches!(code.as_str(), "token_expired" | "token_revoked" | "invalid_auth"))
}

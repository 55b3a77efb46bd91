//! Accounts at services: what a connection may do, and its credential for the call that needs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::{Effect, EffectKind, Outcome};
use metel_model::id::{ConnectionId, RunId, WorkspaceId};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::stored::Stored;
use metel_rules::plan::Place;
use metel_store::ConnectionRow;
use metel_tools::Redactor;
use metel_tools::run::{Credential, ToolCall};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

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
    pub fn facts(&self) -> BTreeMap<String, ConnectionFact> {
        let fact = |one: &Opened| {
            let fact = ConnectionFact {
                id: one.row.id,
                state: one.credential.state,
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
        for row in self.store.connections(workspace).await? {
            let body: Body = serde_json::from_str(&row.body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            let secret = match row.secret {
                Some(id) => Some(self.open_secret(workspace, id).await?),
                None => None,
            };
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
            opened.push(Opened { row, body, credential });
        }
        let mut secrets = Vec::new();
        for row in self.store.secrets(workspace).await? {
            // One that cannot be opened cannot be sent either.
            secrets.extend(self.open_secret(workspace, row.id).await.ok());
        }
        let redactor = Redactor::new(secrets.iter().map(ExposeSecret::expose_secret));
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
        let account = |one: &Opened| Account {
            id: one.row.id,
            service: one.row.service.clone(),
            title: snapshot.services().get(&one.row.service).map(|s| s.title.clone()).unwrap_or_default(),
            state: one.credential.state,
            scopes: one.body.scopes.clone(),
            sandbox: one.body.sandbox,
            base_url: one.body.base_url.clone(),
            created_at: one.row.created_at.rfc3339(),
        };
        Ok(accounts.opened.iter().map(account).collect())
    }

    /// Connects a service; one that is connected already is replaced.
    pub async fn connect(&self, workspace: WorkspaceId, new: NewConnection) -> Result<ConnectionId, Fault> {
        let snapshot = self.shared.registry.snapshot();
        let service = snapshot
            .services()
            .get(&new.service)
            .cloned()
            .ok_or_else(|| Fault::new(Code::NotFound).about(format!("service {}", new.service)))?;
        let now = self.shared.clock.now();
        let before = self.shared.store.connections(workspace).await?.into_iter().find(|row| row.service == new.service);
        let id = before.as_ref().map_or_else(|| ConnectionId(self.shared.ids.next()), |row| row.id);
        let known = before.as_ref().and_then(|row| serde_json::from_str::<Body>(&row.body).ok());
        // A credential never follows the connection to another address.
        let same = known.as_ref().is_some_and(|known| known.base_url == new.base_url && known.sandbox == new.sandbox);
        let simulated = || service.sandbox_credential.clone().filter(|_| new.sandbox).map(SecretString::from);
        let kept = before.as_ref().and_then(|row| row.secret);
        let secret = match new.secret.or_else(simulated) {
            Some(secret) => {
                Some(self.shared.put_secret(workspace, &format!("connection.{}", new.service), &secret).await?)
            }
            None => kept.filter(|_| same),
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
        self.shared.store.put_connection(&row).await?;
        if let Some(unused) = kept.filter(|id| row.secret != Some(*id)) {
            self.shared.store.remove_secret(workspace, unused).await?;
        }
        self.shared.forget_accounts(workspace);
        Ok(id)
    }

    pub async fn disconnect(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<bool, Fault> {
        let row = self.shared.store.connection(workspace, id).await?;
        let gone = self.shared.store.remove_connection(workspace, id).await?;
        if let Some(secret) = row.and_then(|row| row.secret) {
            self.shared.store.remove_secret(workspace, secret).await?;
        }
        self.shared.forget_accounts(workspace);
        Ok(gone)
    }

    /// Makes the service's own test call and tells what came of it.
    pub async fn test_connection(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<Outcome, Fault> {
        let accounts = self.shared.accounts(workspace).await?;
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
        let payload = if test.args.is_null() { serde_json::json!({}) } else { test.args.clone() };
        let call = ToolCall {
            compiled,
            effect: &effect,
            payload: &payload,
            connection: Some(&one.credential),
            redactor: None,
        };
        Ok(self.shared.tools.run(call).await)
    }
}

//! Keeping tokens fresh. Many calls may need one token at the same moment: in this process they stand in one line,
//! among processes the row's lease decides, and whoever comes later finds the tokens renewed.
//!
//! A holder that dies is respected until its lease is over; over a store that only one process uses, not at all. What
//! it may have asked for is lost with it: the next holder asks with the refresh token that is kept, and where the
//! service takes that for theft the connection says so instead of trying on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{ConnectionId, WorkspaceId};
use metel_model::lang::Text;
use metel_model::time::Micros;
use metel_store::GrantRow;
use metel_tools::oauth::{Exchange, Failure, ServiceAccount, Tokens};
use parking_lot::Mutex;

use super::super::Shared;
use super::super::accounts::Accounts;
use super::kept::{Body, Granted, Kept, Need, Trouble, end_of, open, seal, secret};

/// Longest call to a token endpoint on behalf of a person who waits.
pub(super) const EXCHANGE_MS: u64 = 8_000;
/// Longest wait of a call for a token that others fetch.
const PATIENCE: Duration = Duration::from_secs(30);
/// After a failure that may pass, nobody asks again for so long.
const PAUSE_MS: u64 = 2_000;

/// One line for each connection of this process, and this process's name among the holders.
pub(crate) struct Renewals {
    lines: Mutex<HashMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>>,
    holder: String,
    /// How long a holder is respected: a call to the token endpoint, and the writing of what it gave.
    lease: Duration,
}

impl Renewals {
    pub fn new(holder: String, lease: Duration) -> Self {
        Self { lines: Mutex::default(), holder, lease }
    }

    /// Longest call to the token endpoint: the lease outlasts it.
    fn exchange_ms(&self) -> u64 {
        self.lease.as_millis() as u64 * 2 / 3
    }

    fn line(&self, connection: ConnectionId) -> Arc<tokio::sync::Mutex<()>> {
        self.lines.lock().entry(connection).or_default().clone()
    }
}

/// What to do with a token that is about to end.
enum Found {
    /// Somebody renewed it.
    Renewed,
    /// It is ours to renew.
    Ours(Box<GrantRow>),
    /// Somebody else is at it.
    Held,
}

fn waiting(ms: u64) -> Fault {
    Fault::new(Code::Overloaded)
        .detail("the access is being renewed", "접근 권한을 갱신하고 있어요")
        .retry_after_ms(ms.clamp(1, 60_000))
}

/// A connection that cannot be renewed any more, with the way out.
pub(in super::super) fn broken(service: &str, why: &Text) -> Fault {
    let command = format!("metel connect {service} --renew");
    Fault::new(Code::ConnectionBroken)
        .detail(format!("{service}: {}", why.en), format!("{service}: {}", why.ko))
        .hint(format!("Connect it again: `{command}`."), format!("다시 연결하세요: `{command}`."))
}

impl Shared {
    /// The workspace's accounts, with a token for `service` that is good for a call that begins now.
    pub(in super::super) async fn fresh_accounts(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        service: &str,
    ) -> Result<Arc<Accounts>, Fault> {
        let accounts = self.accounts(workspace).await?;
        let Some(granted) = accounts.granted(service) else { return Ok(accounts) };
        if let Some(trouble) = &granted.trouble {
            return Err(broken(service, trouble));
        }
        let need = granted.need(self.clock.now());
        if need == Need::Nothing || !granted.can_renew {
            return Ok(accounts);
        }
        let line = self.renewals.line(granted.connection);
        let in_line = match need {
            Need::Now => tokio::time::timeout(PATIENCE, line.lock_owned()).await.map_err(|_| waiting(1_000))?,
            // Good for now, and somebody is at it.
            _ => match line.try_lock_owned() {
                Ok(first) => first,
                Err(_) => return Ok(accounts),
            },
        };
        let accounts = self.accounts(workspace).await?;
        let Some(granted) = accounts.granted(service).cloned() else { return Ok(accounts) };
        let need = granted.need(self.clock.now());
        if let Some(trouble) = &granted.trouble {
            return Err(broken(service, trouble));
        }
        if need == Need::Nothing {
            return Ok(accounts);
        }
        // A call that is given up must not lose what the service has answered already.
        let (shared, name) = (self.clone(), service.to_owned());
        let work = tokio::spawn(async move {
            let _in_line = in_line;
            shared.renewed(workspace, &name, &granted, need).await
        });
        work.await.map_err(|_| Fault::new(Code::Internal).about("the renewal ended early"))??;
        self.accounts(workspace).await
    }

    /// Waits for others or renews; the accounts are read anew afterwards.
    async fn renewed(&self, workspace: WorkspaceId, service: &str, granted: &Granted, need: Need) -> Result<(), Fault> {
        let until = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(25);
        loop {
            match self.look(workspace, service, granted).await? {
                Found::Renewed => {
                    self.accounts.write().remove(&workspace);
                    return Ok(());
                }
                Found::Ours(row) => return self.renew(service, *row).await,
                Found::Held if need == Need::Soon => return Ok(()),
                Found::Held if Instant::now() >= until => return Err(waiting(1_000)),
                Found::Held => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    async fn look(&self, workspace: WorkspaceId, service: &str, granted: &Granted) -> Result<Found, Fault> {
        let gone = || Fault::new(Code::ConnectionMissing).about(service);
        let row = self.store.grant(workspace, granted.connection).await?.ok_or_else(gone)?;
        if row.version != granted.version || row.trouble.is_some() {
            return Ok(Found::Renewed);
        }
        let now = self.clock.now();
        let mine = row.holder.as_deref().is_none_or(|holder| holder == self.renewals.holder);
        if let (None, Some(again)) = (&row.holder, row.held_until)
            && again > now
        {
            return Err(waiting((again.0 - now.0) as u64 / 1_000 + 1));
        }
        // Nobody else can use this store: another holder is one that died.
        let as_if = if !mine && self.store.is_exclusive() { Micros(i64::MAX) } else { now };
        let until = Micros(now.0 + self.renewals.lease.as_micros() as i64);
        match self.store.take_grant(&row, &self.renewals.holder, until, as_if).await? {
            true => Ok(Found::Ours(Box::new(row))),
            false => Ok(Found::Held),
        }
    }

    async fn renew(&self, service: &str, row: GrantRow) -> Result<(), Fault> {
        let holder = &self.renewals.holder;
        let (_, key) = self.keyring.data_key(row.workspace, Some(&row.key_id)).await?;
        let (mut body, mut kept) = open(&key, &row)?;
        match self.next_tokens(&body, &kept).await {
            Ok(tokens) => {
                kept.take(&tokens);
                body.life_s = tokens.life_s;
                let now = self.clock.now();
                let (key_id, key) = self.keyring.data_key(row.workspace, None).await?;
                let next = GrantRow {
                    body: serde_json::to_string(&body).map_err(|e| Fault::new(Code::Internal).about(e))?,
                    sealed: seal(&key, row.connection, &kept)?,
                    key_id,
                    expires_at: end_of(tokens.life_s, now),
                    updated_at: now,
                    ..row
                };
                if !self.store.renew_grant(&next, holder).await? {
                    tracing::warn!(service, "an access was renewed too late: another process had taken it over");
                }
                self.forget_accounts(next.workspace);
                Ok(())
            }
            Err(failure) if failure.is_lasting => {
                let now = self.clock.now();
                let error = failure.error.unwrap_or_else(|| failure.fault.sentence(metel_model::lang::Lang::En));
                let trouble = Trouble { error, at: now };
                let text = serde_json::to_string(&trouble).map_err(|e| Fault::new(Code::Internal).about(e))?;
                self.store.release_grant(&row, holder, None, Some(&text), now).await?;
                tracing::warn!(service, error = trouble.error, "a connection is renewed no more");
                self.forget_accounts(row.workspace);
                Err(broken(service, &trouble.text()))
            }
            Err(failure) => {
                let ms = failure.fault.retry_after_ms.unwrap_or(PAUSE_MS);
                let now = self.clock.now();
                let again = Micros(now.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX / 2_000) * 1_000));
                self.store.release_grant(&row, holder, Some(again), None, now).await?;
                let mut fault = waiting(ms);
                let why = failure.fault;
                fault = fault.detail(
                    format!("the access could not be renewed: {}", why.sentence(metel_model::lang::Lang::En)),
                    format!("접근 권한을 갱신하지 못했어요: {}", why.sentence(metel_model::lang::Lang::Ko)),
                );
                Err(fault.at(service))
            }
        }
    }

    async fn next_tokens(&self, body: &Body, kept: &Kept) -> Result<Tokens, Failure> {
        let client_secret = secret(&kept.client_secret);
        let exchange = Exchange {
            net: self.tools.net(),
            party: &body.party,
            secret: client_secret.as_ref(),
            timeout_ms: self.renewals.exchange_ms(),
        };
        let lasting = |fault| Failure { fault, is_lasting: true, error: None };
        match (&kept.account, secret(&kept.refresh)) {
            (Some(file), _) => {
                let account = ServiceAccount::parse(file, &body.party.token_url).map_err(lasting)?;
                exchange.assertion(&account, &body.scopes, self.clock.now()).await
            }
            (None, Some(token)) => exchange.refresh(&token).await,
            (None, None) => Err(lasting(Fault::new(Code::ConnectionExpired))),
        }
    }

    /// The same tokens under another data key; false when they were renewed meanwhile.
    pub(in super::super) async fn reseal_grant(&self, row: GrantRow, fresh: &str) -> Result<bool, Fault> {
        let (_, key) = self.keyring.data_key(row.workspace, Some(&row.key_id)).await?;
        let (_, kept) = open(&key, &row)?;
        let (_, key) = self.keyring.data_key(row.workspace, Some(fresh)).await?;
        let sealed = seal(&key, row.connection, &kept)?;
        Ok(self.store.reseal_grant(&GrantRow { key_id: fresh.to_owned(), sealed, ..row }).await?)
    }

    /// Tells the service that its tokens are not wanted any more. It is told once, and whether it listens changes
    /// nothing here: what was kept of them goes.
    pub(in super::super) async fn take_back(&self, workspace: WorkspaceId, connection: ConnectionId) {
        let Ok(Some(row)) = self.store.grant(workspace, connection).await else { return };
        let Ok((_, key)) = self.keyring.data_key(workspace, Some(&row.key_id)).await else { return };
        let Ok((body, kept)) = open(&key, &row) else { return };
        let client_secret = secret(&kept.client_secret);
        let exchange = Exchange {
            net: self.tools.net(),
            party: &body.party,
            secret: client_secret.as_ref(),
            timeout_ms: EXCHANGE_MS,
        };
        let Some(token) = secret(&kept.refresh).or_else(|| secret(&kept.access)) else { return };
        if let Err(failure) = exchange.revoke(&token).await {
            tracing::warn!(fault = %failure.fault, "a token could not be taken back at its service");
        }
    }

    /// The service does not take these tokens although their time is not over: they are renewed by the next who asks.
    pub(in super::super) async fn age(&self, workspace: WorkspaceId, granted: &Granted) -> Result<(), Fault> {
        self.store.age_grant(workspace, granted.connection, granted.version).await?;
        self.accounts.write().remove(&workspace);
        Ok(())
    }
}

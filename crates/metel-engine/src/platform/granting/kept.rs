//! A grant as it is kept: what may be read, and what is sealed.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{ConnectionId, WorkspaceId};
use metel_model::lang::Text;
use metel_model::time::Micros;
use metel_store::GrantRow;
use metel_tools::oauth::{Party, Tokens};
use metel_tools::vault::DataKey;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::super::Shared;

/// What the data key binds a grant's tokens to.
const PURPOSE: &str = "metel oauth grant";

/// What is not secret of a grant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    pub party: Party,
    /// What was asked for, and is asked for again by a service account.
    pub scopes: Vec<String>,
    /// Seconds that the tokens of now live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_s: Option<u64>,
}

/// What is secret of it.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
    /// A service account's key file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// The access token before this one: a service may take it a little longer, so it is masked a little longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
}

impl Kept {
    /// Nothing yet but the secret of the client that asks.
    pub fn of_client(client_secret: Option<String>) -> Self {
        Self { client_secret, access: None, refresh: None, account: None, earlier: None }
    }

    /// A service account's key file.
    pub fn of_account(file: &str) -> Self {
        Self { account: Some(file.to_owned()), access: None, refresh: None, client_secret: None, earlier: None }
    }

    /// Takes up the next set of tokens. A refresh token that is not replaced stays.
    pub fn take(&mut self, tokens: &Tokens) {
        self.earlier = self.access.take();
        self.access = Some(tokens.access.expose_secret().to_owned());
        if let Some(refresh) = &tokens.refresh {
            self.refresh = Some(refresh.expose_secret().to_owned());
        }
    }

    pub fn can_renew(&self) -> bool {
        self.refresh.is_some() || self.account.is_some()
    }

    /// Everything that may stand nowhere else.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        [&self.access, &self.refresh, &self.account, &self.client_secret, &self.earlier]
            .into_iter()
            .filter_map(|text| text.as_deref())
    }
}

/// A grant as calls and lists see it.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub connection: ConnectionId,
    pub version: u64,
    pub expires_at: Option<Micros>,
    pub life_s: Option<u64>,
    pub can_renew: bool,
    pub is_account: bool,
    pub trouble: Option<Text>,
}

/// Whether tokens have to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Nothing,
    /// They are still good for calls that begin now.
    Soon,
    Now,
}

impl Granted {
    pub fn is_over(&self, now: Micros) -> bool {
        self.trouble.is_some() || (!self.can_renew && self.expires_at.is_some_and(|end| end <= now))
    }

    /// A tenth of their life ahead of its end, at least two seconds and at most five minutes.
    pub(super) fn need(&self, now: Micros) -> Need {
        let Some(end) = self.expires_at else { return Need::Nothing };
        let ahead = (self.life_s.unwrap_or(3_600) as i64 / 10).clamp(2, 300) * 1_000_000;
        match end.0 - now.0 {
            // A call that begins in the last second would arrive too late.
            left if left <= 1_000_000 => Need::Now,
            left if left <= ahead => Need::Soon,
            _ => Need::Nothing,
        }
    }
}

/// Why a grant is renewed no more.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Trouble {
    /// The protocol's word.
    pub error: String,
    pub at: Micros,
}

impl Trouble {
    pub fn text(&self) -> Text {
        Text::new(
            format!("the service refuses to renew it ({}, {})", self.error, self.at.rfc3339()),
            format!("서비스가 갱신을 거절했어요 ({}, {})", self.error, self.at.rfc3339()),
        )
    }
}

fn damaged(what: impl std::fmt::Display) -> Fault {
    Fault::new(Code::StoreCorrupt).about(what)
}

pub(super) fn seal(key: &DataKey, connection: ConnectionId, kept: &Kept) -> Result<Vec<u8>, Fault> {
    let text = Zeroizing::new(serde_json::to_string(kept).map_err(|e| Fault::new(Code::Internal).about(e))?);
    key.seal_bytes(PURPOSE, &[connection.to_string()], text.as_bytes())
}

pub(super) fn open(key: &DataKey, row: &GrantRow) -> Result<(Body, Kept), Fault> {
    let clear = Zeroizing::new(key.open_bytes(PURPOSE, &[row.connection.to_string()], &row.sealed)?);
    let kept = serde_json::from_slice(&clear).map_err(|_| Fault::new(Code::VaultUnreadable))?;
    Ok((serde_json::from_str(&row.body).map_err(damaged)?, kept))
}

impl Shared {
    pub(in super::super) async fn open_grant(&self, row: &GrantRow) -> Result<(Granted, Kept), Fault> {
        let (_, key) = self.keyring.data_key(row.workspace, Some(&row.key_id)).await?;
        let (body, kept) = open(&key, row)?;
        let trouble = match &row.trouble {
            Some(text) => Some(serde_json::from_str::<Trouble>(text).map_err(damaged)?.text()),
            None => None,
        };
        let granted = Granted {
            connection: row.connection,
            version: row.version,
            expires_at: row.expires_at,
            life_s: body.life_s,
            can_renew: kept.can_renew(),
            is_account: kept.account.is_some(),
            trouble,
        };
        Ok((granted, kept))
    }

    /// Keeps a grant that was given just now.
    pub(in super::super) async fn keep_grant(
        &self,
        workspace: WorkspaceId,
        connection: ConnectionId,
        body: &Body,
        kept: &Kept,
        expires_at: Option<Micros>,
    ) -> Result<(), Fault> {
        let (key_id, key) = self.keyring.data_key(workspace, None).await?;
        let row = GrantRow {
            workspace,
            connection,
            body: serde_json::to_string(body).map_err(|e| Fault::new(Code::Internal).about(e))?,
            key_id,
            sealed: seal(&key, connection, kept)?,
            expires_at,
            version: 1,
            holder: None,
            held_until: None,
            trouble: None,
            updated_at: self.clock.now(),
        };
        self.store.put_grant(&row).await?;
        Ok(())
    }
}

/// When tokens of this life end.
pub(super) fn end_of(life_s: Option<u64>, now: Micros) -> Option<Micros> {
    life_s.map(|s| Micros(now.0.saturating_add(i64::try_from(s).unwrap_or(i64::MAX / 2_000_000) * 1_000_000)))
}

pub(super) fn secret(text: &Option<String>) -> Option<SecretString> {
    text.as_deref().map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(expires_at: Option<i64>, life_s: u64) -> Granted {
        Granted {
            connection: ConnectionId(uuid::Uuid::nil()),
            version: 1,
            expires_at: expires_at.map(Micros),
            life_s: Some(life_s),
            can_renew: true,
            is_account: false,
            trouble: None,
        }
    }

    #[test]
    fn tokens_are_renewed_ahead_of_their_end() {
        let s = 1_000_000;
        for (end, life, now, need) in [
            (None, 3_600, 0, Need::Nothing),
            (Some(3_600 * s), 3_600, 0, Need::Nothing),
            (Some(3_600 * s), 3_600, 3_299 * s, Need::Nothing),
            (Some(3_600 * s), 3_600, 3_300 * s, Need::Soon),
            (Some(3_600 * s), 3_600, 3_599 * s, Need::Now),
            (Some(3_600 * s), 3_600, 9_999 * s, Need::Now),
            (Some(5 * s), 5, 2 * s, Need::Nothing),
            (Some(5 * s), 5, 3 * s, Need::Soon),
            (Some(0), 3_600, s, Need::Now),
        ] {
            assert_eq!(granted(end, life).need(Micros(now)), need, "{end:?} {life} {now}");
        }
    }
}

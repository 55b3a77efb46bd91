//! Who may come in: tokens kept only as SHA-256, and one-time codes for the browser.
//!
//! A key is 256 random bits, so looking it up by its digest tells nothing about others and needs no
//! slow hash.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::{TokenId, UserId, WorkspaceId};
use metel_model::time::Micros;
use metel_store::TokenRow;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::engine::Engine;

/// How long a one-time code holds.
const CODE_MS: u64 = 15 * 60 * 1_000;
/// How long a page stays signed in.
const PAGE_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// A token's last use is written at most this often.
const USED_EVERY_MS: u64 = 60 * 1_000;
/// Longest text that is looked up as a token.
const TOKEN_CHARS_MAX: usize = 200;
/// How old a token's rights may be where they are asked for all the time, and how many are remembered.
const ACCESS_AGE_MAX: Duration = Duration::from_secs(1);
const ACCESSES_MAX: usize = 10_000;
/// Settings of the whole installation stand here.
const INSTALLATION: WorkspaceId = WorkspaceId(Uuid::nil());

/// The role of what is no person.
const AGENT: &str = "agent";

/// Whoever a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub workspace: WorkspaceId,
    pub user: UserId,
    pub token: TokenId,
    /// The user's name, or its id where it has none; see [`Access::actor`].
    pub name: String,
    /// What the token allows, and what its owner may do: both must allow an act.
    pub roles: Vec<String>,
}

impl Access {
    /// Who acts: an agent wherever the token or its owner is one.
    pub fn actor(&self) -> String {
        let kind = if self.roles.iter().any(|role| role == AGENT) { AGENT } else { "user" };
        format!("{kind}:{}", self.name)
    }
}

/// A token with its clear text, which is never shown again.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub clear: String,
    pub row: TokenRow,
}

fn random() -> String {
    Digest(rand::random()).hex()
}

impl Engine {
    /// Makes a token; its clear text is only in the answer.
    pub async fn new_token(
        &self,
        workspace: WorkspaceId,
        owner: UserId,
        name: &str,
        role: &str,
        expires_at: Option<Micros>,
    ) -> Result<NewToken, Fault> {
        let clear = format!("metel_{}", random());
        let row = TokenRow {
            workspace,
            id: TokenId(self.ids().next()),
            hash: Digest::of(clear.as_bytes()),
            owner,
            name: name.to_owned(),
            role: role.to_owned(),
            created_at: self.now(),
            expires_at,
            used_at: None,
            revoked_at: None,
        };
        self.store().add_token(&row).await?;
        Ok(NewToken { clear, row })
    }

    /// Whoever holds this token; `NotSignedIn` when it is unknown, over or revoked.
    pub async fn access(&self, clear: &str) -> Result<Access, Fault> {
        let refused = || {
            Fault::new(Code::NotSignedIn)
                .detail("the token is unknown, over or revoked", "모르는 토큰이거나, 끝났거나 취소된 토큰이에요")
                .at("Authorization")
        };
        if clear.is_empty() || clear.len() > TOKEN_CHARS_MAX {
            return Err(refused());
        }
        let now = self.now();
        let row = self.store().token_by_hash(Digest::of(clear.as_bytes())).await?.ok_or_else(refused)?;
        if row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= now) {
            return Err(refused());
        }
        let user = self.store().user(row.workspace, row.owner).await?.filter(|u| u.active).ok_or_else(refused)?;
        if row.used_at.is_none_or(|at| now.millis_since(at) > USED_EVERY_MS) {
            self.store().token_used(row.workspace, row.id, now).await?;
        }
        let roles = vec![row.role, user.role];
        Ok(Access { workspace: row.workspace, user: row.owner, token: row.id, name: user.name, roles })
    }

    /// As [`Engine::access`], at most a second old: for callers that come thousands of times a second.
    pub async fn access_soon(&self, clear: &str) -> Result<Arc<Access>, Fault> {
        let hash = Digest::of(clear.as_bytes());
        if let Some((at, access)) = self.0.accesses.lock().get(&hash)
            && at.elapsed() < ACCESS_AGE_MAX
        {
            return Ok(access.clone());
        }
        let access = Arc::new(self.access(clear).await?);
        let mut known = self.0.accesses.lock();
        if known.len() >= ACCESSES_MAX {
            known.retain(|_, (at, _)| at.elapsed() < ACCESS_AGE_MAX);
        }
        if known.len() < ACCESSES_MAX {
            known.insert(hash, (Instant::now(), access.clone()));
        }
        Ok(access)
    }

    /// A code for `/start?c=CODE`: it signs one page in, once, within 15 minutes.
    pub async fn new_start_code(&self, workspace: WorkspaceId, user: UserId) -> Result<String, Fault> {
        let code = random();
        let now = self.now();
        let body = json!({"workspace": workspace, "user": user, "expires": now.plus_millis(CODE_MS).0});
        self.store().put_setting(INSTALLATION, &start_key(&code), &body.to_string(), now).await?;
        Ok(code)
    }

    /// Takes a code and gives a token for the page that brought it.
    pub async fn redeem_start_code(&self, code: &str) -> Result<NewToken, Fault> {
        let refused = || {
            Fault::new(Code::NotSignedIn)
                .detail("this link was used or is too old", "이미 썼거나 오래된 링크예요")
                .hint("Ask for another with `metel open`.", "`metel open`으로 새 링크를 받으세요.")
        };
        if code.len() > TOKEN_CHARS_MAX {
            return Err(refused());
        }
        let key = start_key(code);
        let body = self.store().setting(INSTALLATION, &key).await?.ok_or_else(refused)?;
        // Only one caller removes it.
        if !self.store().remove_setting(INSTALLATION, &key).await? {
            return Err(refused());
        }
        let body: Value = serde_json::from_str(&body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
        let read = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (Ok(workspace), Ok(user)) = (read("workspace").parse::<WorkspaceId>(), read("user").parse::<UserId>())
        else {
            return Err(Fault::new(Code::StoreCorrupt).about("start code"));
        };
        if body["expires"].as_i64().is_none_or(|at| at <= self.now().0) {
            return Err(refused());
        }
        let owner = self.store().user(workspace, user).await?.filter(|u| u.active).ok_or_else(refused)?;
        let expires = self.now().plus_millis(PAGE_MS);
        self.new_token(workspace, user, "page", &owner.role, Some(expires)).await
    }
}

fn start_key(code: &str) -> String {
    format!("start.{}", Digest::of(code.as_bytes()).hex())
}

//! Requests for accounts that people have still to grant: found again by the hash of what their browser brings back.

use metel_model::hash::Digest;
use metel_model::id::{AuthorizationId, WorkspaceId};
use metel_model::time::Micros;

use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRow {
    pub workspace: WorkspaceId,
    pub id: AuthorizationId,
    /// Hash of the `state` that the browser carries.
    pub state: Digest,
    pub service: String,
    /// Who asked for it.
    pub made_by: String,
    pub key_id: String,
    /// What only metel may know of it, empty once it is over.
    pub sealed: Vec<u8>,
    /// `waiting`, `taken`, `done` or `failed`.
    pub status: String,
    /// JSON text.
    pub outcome: Option<String>,
    pub created_at: Micros,
    pub expires_at: Micros,
}

fn read(mut row: Row) -> Result<AuthorizationRow, StoreError> {
    Ok(AuthorizationRow {
        workspace: row.next()?,
        id: row.next()?,
        state: row.next()?,
        service: row.next()?,
        made_by: row.next()?,
        key_id: row.next()?,
        sealed: row.next()?,
        status: row.next()?,
        outcome: row.next()?,
        created_at: row.next()?,
        expires_at: row.next()?,
    })
}

impl Store {
    pub async fn add_authorization(&self, row: &AuthorizationRow) -> Result<(), StoreError> {
        let args = args![
            row.workspace,
            row.id,
            row.state,
            &row.service,
            &row.made_by,
            &row.key_id,
            row.sealed.as_slice(),
            row.created_at,
            row.expires_at
        ];
        self.act(&sql::AUTHORIZATIONS_ADD, args).await?;
        Ok(())
    }

    pub async fn authorization(
        &self,
        workspace: WorkspaceId,
        id: AuthorizationId,
    ) -> Result<Option<AuthorizationRow>, StoreError> {
        self.row(&sql::AUTHORIZATIONS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    /// The waiting request of this state, once: whoever comes second finds nothing.
    pub async fn take_authorization(&self, state: Digest, now: Micros) -> Result<Option<AuthorizationRow>, StoreError> {
        let done = self.act(&sql::AUTHORIZATIONS_TAKE, args![state, now]).await?;
        done.rows.into_iter().next().map(read).transpose()
    }

    pub async fn settle_authorization(
        &self,
        workspace: WorkspaceId,
        id: AuthorizationId,
        status: &str,
        outcome: &str,
    ) -> Result<(), StoreError> {
        self.act(&sql::AUTHORIZATIONS_SETTLE, args![workspace, id, status, outcome, Vec::<u8>::new()]).await?;
        Ok(())
    }

    /// Forgets requests that were over before `before`.
    pub async fn prune_authorizations(&self, before: Micros) -> Result<(), StoreError> {
        self.act(&sql::AUTHORIZATIONS_PRUNE, args![before]).await?;
        Ok(())
    }
}

//! Keys of the interface, kept only as digests.

use metel_model::hash::Digest;
use metel_model::id::{TokenId, UserId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub workspace: WorkspaceId,
    pub id: TokenId,
    /// SHA-256 of the key.
    pub hash: Digest,
    pub owner: UserId,
    pub name: String,
    pub role: String,
    pub created_at: Micros,
    pub expires_at: Option<Micros>,
    pub used_at: Option<Micros>,
    pub revoked_at: Option<Micros>,
}

fn read(mut row: Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        workspace: row.next()?,
        id: row.next()?,
        hash: row.next()?,
        owner: row.next()?,
        name: row.next()?,
        role: row.next()?,
        created_at: row.next()?,
        expires_at: row.next()?,
        used_at: row.next()?,
        revoked_at: row.next()?,
    })
}

impl Store {
    pub async fn add_token(&self, row: &TokenRow) -> Result<(), StoreError> {
        let args = args![
            row.workspace,
            row.id,
            row.hash,
            row.owner,
            &row.name,
            &row.role,
            row.created_at,
            row.expires_at,
            row.used_at,
            row.revoked_at
        ];
        self.act(&sql::TOKENS_PUT, args).await?;
        Ok(())
    }

    /// The token with this digest, revoked and expired ones included.
    pub async fn token_by_hash(&self, hash: Digest) -> Result<Option<TokenRow>, StoreError> {
        self.row(&sql::TOKENS_BY_HASH, args![hash]).await?.map(read).transpose()
    }

    /// Newest first.
    pub async fn tokens(&self, workspace: WorkspaceId) -> Result<Vec<TokenRow>, StoreError> {
        all(self.rows(&sql::TOKENS_LIST, args![workspace]).await?, read)
    }

    pub async fn token_used(&self, workspace: WorkspaceId, id: TokenId, at: Micros) -> Result<(), StoreError> {
        self.act(&sql::TOKENS_USED, args![workspace, id, at]).await?;
        Ok(())
    }

    /// False when there is none or it was revoked before.
    pub async fn revoke_token(&self, workspace: WorkspaceId, id: TokenId, at: Micros) -> Result<bool, StoreError> {
        Ok(self.act(&sql::TOKENS_REVOKE, args![workspace, id, at]).await?.changed > 0)
    }
}

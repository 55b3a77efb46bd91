//! One-time links, found by the hash of what they hold; the text itself is never stored.

use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, UserId, WorkspaceId};
use metel_model::time::Micros;

use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::args;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub workspace: WorkspaceId,
    pub approval: ApprovalId,
    /// The payload that it is for.
    pub digest: Digest,
    /// Whose decision it carries.
    pub person: UserId,
    pub made_by: String,
    pub expires_at: Micros,
    pub used_at: Option<Micros>,
}

impl Store {
    pub async fn add_link(&self, hash: Digest, row: &LinkRow, now: Micros) -> Result<(), StoreError> {
        let args = args![hash, row.workspace, row.approval, row.digest, row.person, &row.made_by, now, row.expires_at];
        self.act(&sql::LINKS_ADD, args).await?;
        Ok(())
    }

    pub async fn link(&self, hash: Digest) -> Result<Option<LinkRow>, StoreError> {
        let Some(mut row) = self.row(&sql::LINKS_GET, args![hash]).await? else { return Ok(None) };
        Ok(Some(LinkRow {
            workspace: row.next()?,
            approval: row.next()?,
            digest: row.next()?,
            person: row.next()?,
            made_by: row.next()?,
            expires_at: row.next()?,
            used_at: row.next()?,
        }))
    }

    /// False when somebody has used it.
    pub async fn use_link(&self, hash: Digest, now: Micros) -> Result<bool, StoreError> {
        Ok(self.act(&sql::LINKS_USE, args![hash, now]).await?.changed > 0)
    }
}

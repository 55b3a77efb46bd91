//! Policies: every change is a new version.

use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    pub workspace: WorkspaceId,
    /// From 1; given by the store.
    pub version: u32,
    pub digest: Digest,
    /// As written, or JSON text.
    pub body: String,
    pub by: String,
    pub created_at: Micros,
}

fn read(mut row: Row) -> Result<PolicyRow, StoreError> {
    Ok(PolicyRow {
        workspace: row.next()?,
        version: row.next()?,
        digest: row.next()?,
        body: row.next()?,
        by: row.next()?,
        created_at: row.next()?,
    })
}

impl Store {
    /// Stores the next version, whatever `row.version` says; its number.
    pub async fn add_policy(&self, row: &PolicyRow) -> Result<u32, StoreError> {
        let args = args![row.workspace, row.digest, &row.body, &row.by, row.created_at];
        match self.act(&sql::POLICIES_ADD, args).await?.one() {
            Some(mut row) => row.next(),
            None => Err(StoreError::Corrupt("no version was given".to_owned())),
        }
    }

    /// The newest version, if there is any.
    pub async fn policy(&self, workspace: WorkspaceId) -> Result<Option<PolicyRow>, StoreError> {
        self.row(&sql::POLICIES_NEWEST, args![workspace]).await?.map(read).transpose()
    }

    /// Newest first.
    pub async fn policies(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<PolicyRow>, StoreError> {
        all(self.rows(&sql::POLICIES_LIST, args![workspace, limit]).await?, read)
    }
}

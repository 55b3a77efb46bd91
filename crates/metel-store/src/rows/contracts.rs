//! Tool contracts: a version, once stored, never changes; its state may.

use metel_model::hash::Digest;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractRow {
    pub workspace: WorkspaceId,
    /// `service.verb_object`.
    pub id: String,
    pub version: String,
    pub digest: Digest,
    /// JSON text.
    pub body: String,
    pub state: String,
    pub created_at: Micros,
}

fn read(mut row: Row) -> Result<ContractRow, StoreError> {
    Ok(ContractRow {
        workspace: row.next()?,
        id: row.next()?,
        version: row.next()?,
        digest: row.next()?,
        body: row.next()?,
        state: row.next()?,
        created_at: row.next()?,
    })
}

impl Store {
    /// Stores a version; false when it is there already (the caller compares the digests).
    pub async fn add_contract(&self, row: &ContractRow) -> Result<bool, StoreError> {
        let args = args![row.workspace, &row.id, &row.version, row.digest, &row.body, &row.state, row.created_at];
        Ok(self.act(&sql::CONTRACTS_ADD, args).await?.changed > 0)
    }

    pub async fn contract(
        &self,
        workspace: WorkspaceId,
        id: &str,
        version: &str,
    ) -> Result<Option<ContractRow>, StoreError> {
        self.row(&sql::CONTRACTS_GET, args![workspace, id, version]).await?.map(read).transpose()
    }

    pub async fn contract_by_digest(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
    ) -> Result<Option<ContractRow>, StoreError> {
        self.row(&sql::CONTRACTS_BY_DIGEST, args![workspace, digest]).await?.map(read).transpose()
    }

    /// Every version, in order of ids and times.
    pub async fn contracts(&self, workspace: WorkspaceId) -> Result<Vec<ContractRow>, StoreError> {
        all(self.rows(&sql::CONTRACTS_LIST, args![workspace]).await?, read)
    }

    pub async fn set_contract_state(
        &self,
        workspace: WorkspaceId,
        id: &str,
        version: &str,
        state: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.act(&sql::CONTRACTS_STATE, args![workspace, id, version, state]).await?.changed > 0)
    }
}

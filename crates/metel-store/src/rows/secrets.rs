//! Secrets as sealed bytes. Clear text never comes here.

use metel_model::id::{SecretId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    pub workspace: WorkspaceId,
    pub id: SecretId,
    /// Unique in the workspace.
    pub name: String,
    /// Which data key sealed it.
    pub key_id: String,
    pub sealed: Vec<u8>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

fn read(mut row: Row) -> Result<SecretRow, StoreError> {
    Ok(SecretRow {
        workspace: row.next()?,
        id: row.next()?,
        name: row.next()?,
        key_id: row.next()?,
        sealed: row.next()?,
        created_at: row.next()?,
        updated_at: row.next()?,
    })
}

impl Store {
    /// Adds a secret or seals it anew. `Conflict` when another one has the name.
    pub async fn put_secret(&self, row: &SecretRow) -> Result<(), StoreError> {
        let sealed = row.sealed.as_slice();
        let args = args![row.workspace, row.id, &row.name, &row.key_id, sealed, row.created_at, row.updated_at];
        self.act(&sql::SECRETS_PUT, args).await?;
        Ok(())
    }

    /// The same secret under another data key; false when somebody has set it anew. `row` holds what is there now.
    pub async fn reseal_secret(&self, row: &SecretRow, key_id: &str, sealed: &[u8]) -> Result<bool, StoreError> {
        let args = args![row.workspace, row.id, key_id, sealed, row.sealed.as_slice()];
        Ok(self.act(&sql::SECRETS_RESEAL, args).await?.changed > 0)
    }

    pub async fn secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<Option<SecretRow>, StoreError> {
        self.row(&sql::SECRETS_GET, args![workspace, id]).await?.map(read).transpose()
    }

    pub async fn secret_by_name(&self, workspace: WorkspaceId, name: &str) -> Result<Option<SecretRow>, StoreError> {
        self.row(&sql::SECRETS_BY_NAME, args![workspace, name]).await?.map(read).transpose()
    }

    /// In order of names.
    pub async fn secrets(&self, workspace: WorkspaceId) -> Result<Vec<SecretRow>, StoreError> {
        all(self.rows(&sql::SECRETS_LIST, args![workspace]).await?, read)
    }

    pub async fn remove_secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<bool, StoreError> {
        Ok(self.act(&sql::SECRETS_REMOVE, args![workspace, id]).await?.changed > 0)
    }
}
